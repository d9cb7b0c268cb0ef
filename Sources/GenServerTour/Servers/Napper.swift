import GenServerKit

/// Takes a nap when nothing has come for 100 ms, and tells a witness of each.
struct Napper: GenServer {
  struct Nap: Equatable, Sendable {}
  enum Call: Sendable { case poke(ReplyTo<Void>) }
  enum Cast: Sendable {
    case poke
    /// Comes like any other message, and does not ask for a nap.
    case turnOver
  }
  enum Info: Sendable {
    case poke
    case idle
  }

  let witness: PID
  private var nap: ServerAction<Self> { .timeout(.milliseconds(100), .idle) }

  static func initialize(_ witness: PID, context: Context) -> Initial {
    let napper = Napper(witness: witness)
    return .ok(napper, then: napper.nap)
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .poke(let client): .reply(to: client, then: nap)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .poke: .noReply(then: nap)
    case .turnOver: .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .poke: return .noReply(then: nap)
    case .idle:
      witness.send(Nap())
      return .noReply
    }
  }
}

extension ServerRef where Server == Napper {
  func poke() async throws(CallError) { try await call { .poke($0) } }
  @discardableResult func pokeLater() -> Delivery { cast(.poke) }
  @discardableResult func turnOver() -> Delivery { cast(.turnOver) }
}
