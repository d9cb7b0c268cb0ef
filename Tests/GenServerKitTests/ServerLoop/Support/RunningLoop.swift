import GenServerKit

/// A reference to a loop server, whatever its handlers are.
protocol LoopReference: Sendable {
  var isAlive: Bool { get }

  func ask(timeout: Timeout, _ request: (ReplyTo<[String]>) -> LoopCall) async throws(CallError) -> [String]
  @discardableResult func cast(_ order: Order) -> Delivery
  func put(_ order: Order, whenFull: OverflowPolicy, timeout: Timeout) async throws(CallError)
  @discardableResult func send(_ order: Order) -> Delivery
  func end(_ reason: ExitReason, timeout: Timeout) async throws(CallError)
}

extension ServerRef: LoopReference where Server: LoopServer {
  func ask(timeout: Timeout, _ request: (ReplyTo<[String]>) -> LoopCall) async throws(CallError) -> [String] {
    try await call(timeout: timeout, request)
  }

  func put(_ order: Order, whenFull: OverflowPolicy, timeout: Timeout) async throws(CallError) {
    try await cast(order, whenFull: whenFull, timeout: timeout)
  }

  func end(_ reason: ExitReason, timeout: Timeout) async throws(CallError) {
    try await stop(reason, timeout: timeout)
  }
}

extension LoopReference {
  /// Without a timeout: no timer is armed but those that a test is about.
  func ask(_ request: (ReplyTo<[String]>) -> LoopCall) async throws(CallError) -> [String] {
    try await ask(timeout: .infinity, request)
  }

  func put(_ order: Order, whenFull: OverflowPolicy) async throws(CallError) {
    try await put(order, whenFull: whenFull, timeout: .infinity)
  }
}

/// A loop server that was started, with the address by which the test reaches it.
struct RunningLoop: Sendable {
  let pid: PID
  let address: any LoopReference

  func follow(_ order: Order) async throws(CallError) -> [String] { try await address.ask { .follow(order, $0) } }

  func followUnanswered(_ order: Order) async throws(CallError) -> [String] {
    try await address.ask { .followUnanswered(order, $0) }
  }

  func notes() async throws(CallError) -> [String] { try await address.ask { .notes($0) } }

  func stop(_ reason: ExitReason = .normal, timeout: Timeout = .infinity) async throws(CallError) {
    try await address.end(reason, timeout: timeout)
  }
}
