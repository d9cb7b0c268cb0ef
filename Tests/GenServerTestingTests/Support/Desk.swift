import GenServerKit
import GenServerTesting
import Logging

/// A server that does whatever a test of handlers looks at, with handlers of either form.
protocol DeskServer: GenServer
where Argument == Desk.Plan, Call == Desk.Call, Cast == Desk.Cast, Info == Desk.Info, Continue == Desk.Step {
  var desk: Desk { get set }
}

struct Desk {
  struct Broken: Error, Equatable {}
  enum Plan: Sendable { case empty, load, idle, ignore, error, stop, fail }
  enum Step: Equatable { case load, loadTwice, stop, fail }
  enum Call: Sendable {
    case sum(ReplyTo<Int>)
    case wait(ReplyTo<Int>)
    case forget(ReplyTo<Int>)
    case stop(ReplyTo<Int>)
    case left(ReplyTo<Duration?>)
    case who(ReplyTo<[PID?]>)
    case watched(ReplyTo<Int>)
  }
  enum Cast: Sendable {
    case add(Int)
    case answer(Int)
    case fail, stop, loseAll
    case remind(String, Duration)
    case repeated(String, Duration)
    case idle(Duration)
    case toMyself(Int)
    case load(Step)
    case watch(PID)
    case link(PID)
    case trap
    case kill(PID)
    case shutdown(PID)
    case ask(ServerRef<PlainDesk>)
    case askAndCancel(ServerRef<PlainDesk>)
    case log(String)
    case flood
  }
  enum Info: Sendable, Equatable {
    case reminded(String)
    case idle
    case down(ExitReason)
    case exit(ExitReason)
    case sum(Int)
    case noSum

    @Sendable static func answer(_ result: Result<Int, CallError>) -> Self {
      if case .success(let sum) = result { .sum(sum) } else { .noSum }
    }
  }

  var sum = 0
  var notes: [String] = []
  var waiting: [ReplyTo<Int>] = []
  var ended: [ExitReason] = []

  static func make<Server: DeskServer>(
    _ plan: Plan, _ make: (Desk) -> Server
  ) throws -> InitialStep<Server> {
    switch plan {
    case .empty: return .ok(make(Desk()))
    case .load: return .ok(make(Desk()), then: .continue(.load))
    case .idle: return .ok(make(Desk()), then: .timeout(.seconds(60), .idle))
    case .ignore: return .ignore
    case .error: return .error(.failure(Broken()))
    case .stop: return .stop(.shutdownBecause("closed"))
    case .fail: throw Broken()
    }
  }

  mutating func handle<Server: DeskServer>(_ call: Call, _ context: ServerContext<Server>) -> NextStep<Server> {
    switch call {
    case .sum(let client): return .reply(sum, to: client)
    case .wait(let client):
      waiting.append(client)
      return .noReply
    case .forget: return .noReply
    case .stop(let client): return .stop(.shutdown, replying: sum, to: client)
    case .left(let client): return .reply(context.deadline.map { context.now.duration(to: $0) }, to: client)
    case .who(let client): return .reply([client.caller, context.pid], to: client)
    case .watched(let client):
      context.monitor(client) { .down($0.reason) }
      waiting.append(client)
      return .noReply
    }
  }

  mutating func handle<Server: DeskServer>(
    _ cast: Cast, _ context: ServerContext<Server>
  ) throws -> NextStep<Server> {
    switch cast {
    case .add(let number): sum += number
    case .answer(let number):
      for client in waiting { notes.append("\(client.reply(number))") }
      waiting = []
    case .fail: throw Broken()
    case .stop: return .stop(.shutdown)
    case .loseAll: waiting = []
    case .remind(let text, let delay): context.send(.reminded(text), after: delay)
    case .repeated(let text, let interval): context.send(.reminded(text), every: interval)
    case .idle(let time): return .noReply(then: .timeout(.after(time), .idle))
    case .toMyself(let number): context.me.cast(.add(number))
    case .load(let step): return .noReply(then: .continue(step))
    case .watch(let pid): context.monitor(pid) { .down($0.reason) }
    case .link(let pid): context.link(pid)
    case .trap: context.trapExits { .exit($0.reason) }
    case .kill(let pid): pid.exit(.killed)
    case .shutdown(let pid): pid.exit(.shutdown)
    case .ask(let other): ask(other, context)
    case .askAndCancel(let other): ask(other, context).cancel()
    case .log(let text): context.logger.notice("\(text)")
    case .flood: context.me.cast(.flood)
    }
    return .noReply
  }

  @discardableResult private func ask<Server: DeskServer>(
    _ other: ServerRef<PlainDesk>, _ context: ServerContext<Server>
  ) -> RequestReference {
    context.request(other, as: Info.answer) { .sum($0) }
  }

  mutating func handle<Server: DeskServer>(_ info: Info, _ context: ServerContext<Server>) -> NextStep<Server> {
    switch info {
    case .idle: return .stop(.normal)
    case .sum(let other): sum += other
    case .reminded(let text): notes.append(text)
    case .down(let reason): notes.append("down: \(reason)")
    case .exit(let reason): notes.append("exit: \(reason)")
    case .noSum: notes.append("no sum")
    }
    return .noReply
  }

  mutating func handle<Server: DeskServer>(_ step: Step, _ context: ServerContext<Server>) throws -> NextStep<Server> {
    switch step {
    case .load: sum += 100
    case .loadTwice:
      sum += 100
      return .noReply(then: .continue(.load))
    case .stop: return .stop(.normal)
    case .fail: throw Broken()
    }
    return .noReply
  }
}

struct PlainDesk: DeskServer {
  var desk = Desk()

  static func initialize(_ plan: Desk.Plan, context: Context) throws -> Initial {
    try Desk.make(plan) { Self(desk: $0) }
  }
  mutating func handleCall(_ call: Desk.Call, context: Context) -> Next { desk.handle(call, context) }
  mutating func handleCast(_ cast: Desk.Cast, context: Context) throws -> Next { try desk.handle(cast, context) }
  mutating func handleInfo(_ info: Desk.Info, context: Context) -> Next { desk.handle(info, context) }
  mutating func handleContinue(_ step: Desk.Step, context: Context) throws -> Next { try desk.handle(step, context) }
  mutating func handleUnexpected(_ message: any Sendable, context: Context) -> Next {
    desk.notes.append("unexpected: \(message)")
    return .noReply
  }
  mutating func terminate(_ reason: ExitReason, context: Context) async throws {
    desk.ended.append(reason)
    if desk.sum < 0 { throw Desk.Broken() }
  }
}

struct AsyncDesk: DeskServer {
  var desk = Desk()

  static func initialize(_ plan: Desk.Plan, context: Context) async throws -> Initial {
    await Task.yield()
    return try Desk.make(plan) { Self(desk: $0) }
  }
  mutating func handleCall(_ call: Desk.Call, context: Context) async -> Next {
    await Task.yield()
    return desk.handle(call, context)
  }
  mutating func handleCast(_ cast: Desk.Cast, context: Context) async throws -> Next {
    await Task.yield()
    return try desk.handle(cast, context)
  }
  mutating func handleInfo(_ info: Desk.Info, context: Context) async -> Next {
    await Task.yield()
    return desk.handle(info, context)
  }
  mutating func handleContinue(_ step: Desk.Step, context: Context) async throws -> Next {
    await Task.yield()
    return try desk.handle(step, context)
  }
  mutating func handleUnexpected(_ message: any Sendable, context: Context) -> Next {
    desk.notes.append("unexpected: \(message)")
    return .noReply
  }
  mutating func terminate(_ reason: ExitReason, context: Context) async throws {
    await Task.yield()
    desk.ended.append(reason)
    if desk.sum < 0 { throw Desk.Broken() }
  }
}

extension HandlerTest where Server: DeskServer {
  var notes: [String] { state.desk.notes }
  var sum: Int { state.desk.sum }
}
