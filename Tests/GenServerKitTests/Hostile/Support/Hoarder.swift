import GenServerKit

/// Memory that is large enough to be seen if it stays. Its text is short: the error of a call describes the request.
struct Freight: Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  init(bytes count: Int) { bytes = Array(repeating: 1, count: count) }

  var count: Int { bytes.count }
  var isOdd: Bool { bytes.count % 2 == 1 }
  var description: String { "\(bytes.count) bytes" }
}

/// Servers whose state and messages are freight. Async handlers suspend where the state has an odd size.
protocol Hoarder: GenServer where Argument == Freight, Call == HoarderCall, Cast == HoarderCast {}

enum HoarderCall: Sendable {
  case echo(Freight, ReplyTo<Freight>)
  case drop(Freight, ReplyTo<Freight>)
  case fail(Freight, ReplyTo<Freight>)
}

enum HoarderCast: Sendable { case data(Freight) }

struct PlainHoarder: Hoarder {
  var treasure: Freight

  static func initialize(_ treasure: Freight, context: Context) -> Initial { .ok(PlainHoarder(treasure: treasure)) }

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
  var treasure: Freight

  static func initialize(_ treasure: Freight, context: Context) async -> Initial {
    .ok(AsyncHoarder(treasure: treasure))
  }

  mutating func handleCall(_ call: HoarderCall, context: Context) async throws -> Next {
    if treasure.isOdd { await Task.yield() }
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
    if treasure.isOdd { await Task.yield() }
    return .noReply
  }
}

extension Hoarder {
  fileprivate func refuse(_: consuming Next) throws { throw RogueError() }
}
