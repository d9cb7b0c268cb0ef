import GenServerKit

/// A reference to a probe, whatever its handlers are.
protocol ProbeReference: Sendable {
  var pid: PID? { get }
  var isAlive: Bool { get }

  func ask<Value: Sendable>(
    timeout: Timeout?, _ request: (ReplyTo<Value>) -> ProbeCall
  ) async throws(CallError) -> Value

  func request<Value: Sendable>(_ request: (ReplyTo<Value>) -> ProbeCall) -> PendingReply<Value>

  @discardableResult func cast(_ cast: ProbeCast) -> Delivery
  @discardableResult func send(_ info: ProbeInfo) -> Delivery
  func end() async throws(CallError)
  func register(_ name: String, _ address: Setup.Address) throws(NameError)
  func unregister(_ name: String, _ address: Setup.Address) throws(NameError)
}

extension ServerRef: ProbeReference where Server: Probe {
  func ask<Value: Sendable>(
    timeout: Timeout?, _ request: (ReplyTo<Value>) -> ProbeCall
  ) async throws(CallError) -> Value {
    try await call(timeout: timeout, request)
  }

  func request<Value: Sendable>(_ request: (ReplyTo<Value>) -> ProbeCall) -> PendingReply<Value> {
    sendRequest(request)
  }

  func end() async throws(CallError) { try await stop() }

  func register(_ name: String, _ address: Setup.Address) throws(NameError) { try register(address.name(name)) }
  func unregister(_ name: String, _ address: Setup.Address) throws(NameError) { try unregister(address.name(name)) }
}

/// A probe that was started, with the address by which the test reaches it.
struct ProbeServer: Sendable {
  let pid: PID
  let address: any ProbeReference

  func call<Value: Sendable>(
    timeout: Timeout? = nil, _ request: (ReplyTo<Value>) -> ProbeCall
  ) async throws(CallError) -> Value {
    try await address.ask(timeout: timeout, request)
  }

  func request<Value: Sendable>(_ request: (ReplyTo<Value>) -> ProbeCall) -> PendingReply<Value> {
    address.request(request)
  }

  @discardableResult func cast(_ cast: ProbeCast) -> Delivery { address.cast(cast) }
  @discardableResult func send(_ info: ProbeInfo) -> Delivery { address.send(info) }
  func stop() async throws(CallError) { try await address.end() }

  func notes() async throws(CallError) -> [String] { try await call { .notes($0) } }

  /// Returns when what was sent before has been handled.
  func handlesAll() async throws(CallError) { _ = try await notes() }
}
