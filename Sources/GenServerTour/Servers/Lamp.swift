import GenServerKit

/// A server whose state is an enum, whose cast is a `Bool`, and whose only question needs no more than its reply handle.
enum Lamp: GenServer {
  typealias Call = ReplyTo<Bool>
  typealias Cast = Bool

  case off
  case on

  static func initialize(_: Void, context: Context) -> Initial { .ok(.off) }

  mutating func handleCall(_ client: ReplyTo<Bool>, context: Context) -> Next { .reply(self == .on, to: client) }

  mutating func handleCast(_ isOn: Bool, context: Context) -> Next {
    self = isOn ? .on : .off
    return .noReply
  }
}
