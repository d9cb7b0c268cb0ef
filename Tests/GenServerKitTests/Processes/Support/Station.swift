import GenServerKit

/// Stops at a gate in each of its async handlers.
struct Station: GenServer {
  enum Call: Sendable { case stop(PuppetGate, ReplyTo<Int>) }
  enum Cast: Sendable {
    case stop(PuppetGate)
    case proceed(PuppetGate)
    case end(PuppetGate)
  }
  enum Info: Sendable { case stop(PuppetGate) }
  enum Continue { case stop(PuppetGate) }

  var gateAtEnd: PuppetGate?

  static func initialize(_ gate: PuppetGate?, context: Context) async -> Initial {
    await gate?.stand()
    return .ok(Self())
  }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .stop(let gate, let client):
      await gate.stand()
      return .reply(1, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .stop(let gate):
      await gate.stand()
      return .noReply
    case .proceed(let gate): return .noReply(then: .continue(.stop(gate)))
    case .end(let gate):
      gateAtEnd = gate
      return .stop(.normal)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) async -> Next {
    switch info {
    case .stop(let gate):
      await gate.stand()
      return .noReply
    }
  }

  mutating func handleContinue(_ step: Continue, context: Context) async -> Next {
    switch step {
    case .stop(let gate):
      await gate.stand()
      return .noReply
    }
  }

  mutating func terminate(_ reason: ExitReason, context: Context) async { await gateAtEnd?.stand() }
}
