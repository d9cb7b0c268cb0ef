import GenServerKit

/// Passes a message on to the next member until it has gone around often enough.
struct RingMember: GenServer {
  enum Call: Sendable {
    case travel(hops: Int, ReplyTo<Void>)
    case travelBySend(hops: Int, ReplyTo<Void>)
  }
  enum Cast: Sendable {
    case next(ServerRef<RingMember>)
    case hop(left: Int)
  }
  enum Info: Sendable { case hop(left: Int) }

  var next: ServerRef<RingMember>?
  var waiting: ReplyTo<Void>?

  static func initialize(_: Void, context: Context) -> Initial {
    .ok(RingMember())
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .travel(let hops, let client):
      waiting = client
      next?.cast(.hop(left: hops - 1))
    case .travelBySend(let hops, let client):
      waiting = client
      next?.send(.hop(left: hops - 1))
    }
    return .noReply
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .next(let member):
      next = member
    case .hop(left: 0):
      // The number of hops is a whole number of rounds, so the message ends where its sender waits.
      waiting.take()?.reply()
    case .hop(let left):
      next?.cast(.hop(left: left - 1))
    }
    return .noReply
  }
}

extension RingMember {
  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .hop(left: 0):
      waiting.take()?.reply()
    case .hop(let left):
      next?.send(.hop(left: left - 1))
    }
    return .noReply
  }
}

extension ServerRef where Server == RingMember {
  func follow(_ member: ServerRef<RingMember>) { member.cast(.next(self)) }

  /// Sends a message around and returns when it has made all its hops.
  func travel(hops: Int) async throws(CallError) {
    try await call(timeout: .seconds(60)) { .travel(hops: hops, $0) }
  }

  /// The same with messages instead of casts.
  func travelBySend(hops: Int) async throws(CallError) {
    try await call(timeout: .seconds(60)) { .travelBySend(hops: hops, $0) }
  }
}
