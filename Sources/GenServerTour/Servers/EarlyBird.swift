import GenServerKit

/// Writes down what it does first.
struct EarlyBird: GenServer {
  enum Event: Equatable, Sendable {
    case initialized(holdsItsName: Bool)
    case continued
    case heard(String)
  }
  enum Call: Sendable { case events(ReplyTo<[Event]>) }
  enum Cast: Sendable { case hear(String) }
  enum Continue { case finishStarting }

  var events: [Event]

  static func initialize(_: Void, context: Context) -> Initial {
    context.me.hear("from initialize")
    let holdsItsName = whereis(.type)?.pid == context.pid
    return .ok(EarlyBird(events: [.initialized(holdsItsName: holdsItsName)]), then: .continue(.finishStarting))
  }

  mutating func handleContinue(_ step: Continue, context: Context) -> Next {
    switch step {
    case .finishStarting: events.append(.continued)
    }
    return .noReply
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .hear(let word): events.append(.heard(word))
    }
    return .noReply
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .events(let client): .reply(events, to: client)
    }
  }
}

extension ServerRef where Server == EarlyBird {
  func events() async throws(CallError) -> [EarlyBird.Event] { try await call { .events($0) } }
  @discardableResult func hear(_ word: String) -> Delivery { cast(.hear(word)) }
}
