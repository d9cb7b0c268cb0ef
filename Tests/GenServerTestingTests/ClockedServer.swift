import GenServerKit
import Logging

/// Writes down at which time of the test's clock its messages came.
struct ClockedServer: GenServer {
  enum Call: Sendable {
    case notes(ReplyTo<[String]>)
    case arm(Duration, String, ReplyTo<Void>)
    case armEvery(Duration, String, ReplyTo<TimerReference>)
    case armAgain(Duration, String, count: Int, ReplyTo<Void>)
    case log(String, ReplyTo<Void>)
    case silence(ReplyTo<Int>)
  }
  enum Info: Sendable {
    case note(String)
    case again(Duration, String, count: Int)
  }

  let start: ContinuousClock.Instant
  var notes: [String] = []
  var kept: [ReplyTo<Int>] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self(start: context.now)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .notes(let client): return .reply(notes, to: client)
    case .arm(let delay, let text, let client):
      context.send(.note(text), after: delay)
      return .reply(to: client)
    case .armEvery(let interval, let text, let client):
      return .reply(context.send(.note(text), every: interval), to: client)
    case .armAgain(let delay, let text, let count, let client):
      context.send(.again(delay, text, count: count), after: delay)
      return .reply(to: client)
    case .log(let text, let client):
      context.logger.notice("\(text)")
      return .reply(to: client)
    case .silence(let client):
      kept.append(client)
      return .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .note(let text): note(text, context)
    case .again(let delay, let text, let count):
      note(text, context)
      if count > 1 { context.send(.again(delay, text, count: count - 1), after: delay) }
    }
    return .noReply
  }

  private mutating func note(_ text: String, _ context: Context) {
    notes.append("\(text) at \((context.now - start) / .milliseconds(1))")
  }
}
