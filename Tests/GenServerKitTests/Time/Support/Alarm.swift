import GenServerKit

/// A server that sets timers for itself, and logs what arrives.
protocol Alarm: GenServer
where Argument == AlarmLog, Call == AlarmCall, Cast == AlarmCast, Info == AlarmInfo {
  var log: AlarmLog { get }
}

enum AlarmCall: Sendable {
  case set(String, AlarmWish, ReplyTo<TimerReference>)
  case setAll([(text: String, wish: AlarmWish)], ReplyTo<[TimerReference]>)
  /// Sets it when a message lies in the mailbox already.
  case setBehind(String, String, AlarmWish, ReplyTo<TimerReference>)
  case setAndCancelFromHandler(Duration, ReplyTo<TimerReference>)
  /// Does something as the process.
  case perform(@Sendable () -> Void, ReplyTo<Bool>)
  case trapExits(ReplyTo<Bool>)
  case log(ReplyTo<AlarmLog>)
}

enum AlarmCast: Sendable { case ring(String) }

enum AlarmInfo: Sendable {
  case ring(String)
  case report(String, TimerReference)
  /// Cancels its timer.
  case last(TimerReference)
  case exited(Exit)
}

extension Alarm {
  func handle(_ call: AlarmCall, _ context: Context) -> Next {
    switch call {
    case .set(let text, let wish, let client):
      return .reply(wish.set(text, in: context), to: client)
    case .setAll(let all, let client):
      return .reply(all.map { $0.wish.set($0.text, in: context) }, to: client)
    case .setBehind(let first, let text, let wish, let client):
      context.me.send(.ring(first))
      let timer = wish.set(text, in: context)
      log.write("set", at: context.now)
      return .reply(timer, to: client)
    case .setAndCancelFromHandler(let interval, let client):
      return .reply(context.send(every: interval) { .last($0) }, to: client)
    case .perform(let act, let client):
      act()
      return .reply(true, to: client)
    case .trapExits(let client):
      return .reply(context.trapExits { .exited($0) }, to: client)
    case .log(let client):
      return .reply(log, to: client)
    }
  }

  func handle(_ info: AlarmInfo, _ context: Context) -> Next {
    switch info {
    case .ring(let text): log.write(text, at: context.now)
    case .report(let text, let timer): log.write(text, at: context.now, timer)
    case .last(let timer):
      log.write("last", at: context.now, timer)
      timer.cancel()
    case .exited(let exit):
      log.write("exit by \(exit.pid == context.pid ? "nobody" : "somebody"): \(exit.reason)", at: context.now)
    }
    return .noReply
  }
}

struct PlainAlarm: Alarm {
  let log: AlarmLog

  static func initialize(_ log: AlarmLog, context: Context) -> Initial { .ok(PlainAlarm(log: log)) }

  mutating func handleCall(_ call: AlarmCall, context: Context) -> Next { handle(call, context) }

  mutating func handleCast(_ cast: AlarmCast, context: Context) -> Next {
    switch cast {
    case .ring(let text): log.write("cast \(text)", at: context.now)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: AlarmInfo, context: Context) -> Next { handle(info, context) }
}

struct AsyncAlarm: Alarm {
  let log: AlarmLog

  static func initialize(_ log: AlarmLog, context: Context) async -> Initial { .ok(AsyncAlarm(log: log)) }

  mutating func handleCall(_ call: AlarmCall, context: Context) async -> Next {
    await Task.yield()
    return handle(call, context)
  }

  mutating func handleCast(_ cast: AlarmCast, context: Context) async -> Next {
    switch cast {
    case .ring(let text): log.write("cast \(text)", at: context.now)
    }
    return .noReply
  }

  // Without a pause: the test's clock would not wait long for it, and what it logs for the next message would be late.
  mutating func handleInfo(_ info: AlarmInfo, context: Context) async -> Next { handle(info, context) }
}
