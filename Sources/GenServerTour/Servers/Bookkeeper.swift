import GenServerKit

/// Keeps a balance, a diary of what others tell it, and an eye on its customers.
struct Bookkeeper: GenServer {
  enum Call: Sendable {
    case balance(ReplyTo<Int>)
    case welcome(PID, ReplyTo<Void>)
    case diary(ReplyTo<[String]>)
  }
  enum Cast: Sendable { case note(String) }
  enum Info: Sendable {
    case customerLeft(Down)
    case tick
  }

  var balance = 100
  var diary: [String] = []

  static func initialize(_: Void, context: Context) -> Initial {
    scheduleTick(context)
    return .ok(Bookkeeper())
  }

  private static func scheduleTick(_ context: Context) { context.send(.tick, after: .seconds(60)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .balance(let client):
      return .reply(balance, to: client)
    case .welcome(let customer, let client):
      context.monitor(customer, as: Info.customerLeft)
      return .reply(to: client)
    case .diary(let client):
      return .reply(diary, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .note(let event): diary.append(event)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .customerLeft(let down):
      diary.append("a customer left: \(down.reason)")
    case .tick:
      diary.append("a minute is over")
      Self.scheduleTick(context)
    }
    return .noReply
  }
}

extension ServerRef where Server == Bookkeeper {
  func balance() async throws(CallError) -> Int { try await call { .balance($0) } }
  func welcome(_ customer: PID) async throws(CallError) { try await call { .welcome(customer, $0) } }
  func diary() async throws(CallError) -> [String] { try await call { .diary($0) } }
  @discardableResult func note(_ event: String) -> Delivery { cast(.note(event)) }
}
