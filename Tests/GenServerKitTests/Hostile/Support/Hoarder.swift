import GenServerKit

/// Servers whose state and messages are large enough to be seen if they stay.
protocol Hoarder: GenServer where Argument == [UInt8], Call == HoarderCall, Cast == HoarderCast {}

enum HoarderCall: Sendable {
  case echo([UInt8], ReplyTo<[UInt8]>)
  case drop([UInt8], ReplyTo<[UInt8]>)
  case fail([UInt8], ReplyTo<[UInt8]>)
}

enum HoarderCast: Sendable { case data([UInt8]) }

struct PlainHoarder: Hoarder {
  var treasure: [UInt8]

  static func initialize(_ treasure: [UInt8], context: Context) -> Initial { .ok(PlainHoarder(treasure: treasure)) }

  mutating func handleCall(_ call: HoarderCall, context: Context) throws -> Next {
    switch call {
    case .echo(let data, let client): return .reply(data, to: client)
    case .drop: return .noReply
    case .fail(let data, let client):
      let next: Next = .reply(data, to: client)
      try refuse(next)
      return .noReply
    }
  }

  mutating func handleCast(_ cast: HoarderCast, context: Context) -> Next { .noReply }
}

struct AsyncHoarder: Hoarder {
  var treasure: [UInt8]

  static func initialize(_ treasure: [UInt8], context: Context) async -> Initial {
    .ok(AsyncHoarder(treasure: treasure))
  }

  mutating func handleCall(_ call: HoarderCall, context: Context) async throws -> Next {
    if treasure.count % 2 == 1 { await Task.yield() }
    switch call {
    case .echo(let data, let client): return .reply(data, to: client)
    case .drop: return .noReply
    case .fail(let data, let client):
      let next: Next = .reply(data, to: client)
      try refuse(next)
      return .noReply
    }
  }

  mutating func handleCast(_ cast: HoarderCast, context: Context) async -> Next {
    if treasure.count % 2 == 1 { await Task.yield() }
    return .noReply
  }
}

extension Hoarder {
  fileprivate func refuse(_: consuming Next) throws { throw RogueError() }
}
