import Dispatch
import GenServerKit

/// A server with a plain handler that can hold its thread. A type of its own for each test: what a type has earned or
/// lost counts for the next one.
struct Sleeper<Test>: GenServer {
  enum Call: Sendable {
    case nap(Duration, ReplyTo<Int>)
    case block(Gate, ReplyTo<Int>)
    case answer(ReplyTo<Int>)
  }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Sleeper()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .nap(let duration, let client):
      let nanoseconds = Int(duration / .nanoseconds(1))
      _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .nanoseconds(nanoseconds))
      return .reply(42, to: client)
    case .block(let gate, let client):
      gate.block()
      return .reply(42, to: client)
    case .answer(let client):
      return .reply(42, to: client)
    }
  }
}
