/// Lets a new process tell its starter that it is ready; see `spawn(waitingFor:timeout:_:)`.
///
/// ```swift
/// let (listener, port) = try await spawn(waitingFor: Port.self) { process, ready in
///   let socket = try Socket.listen()
///   ready(socket.port)
///   try await serve(socket, process)
/// }
/// ```
public struct StartAcknowledgement<Value: Sendable>: Sendable {
  let core: AcknowledgedStartOf<Value>

  /// Lets the start return `value`, while the process goes on; `:proc_lib.init_ack/1` in OTP.
  ///
  /// Only the first acknowledgement counts. Returns whether this was the first and the starter still waited, which it
  /// does not after a timeout.
  @discardableResult public func callAsFunction(_ value: Value) -> Bool { core.acknowledge(value) }

  /// Makes the start throw `StartError.failed(reason)`, and the process end with `exitReason`; `:proc_lib.init_fail/2`
  /// in OTP.
  ///
  /// ```swift
  /// guard let socket = try? Socket.listen() else { try ready.fail(.failure(PortTaken())) }
  /// ```
  ///
  /// An error that leaves the body before the acknowledgement fails the start as well, but counts as a crash.
  ///
  /// - Throws: `exitReason`, which has to leave the body: the starter waits until the process has ended.
  public func fail(_ reason: ExitReason, exitingWith exitReason: ExitReason = .normal) throws(ExitReason) -> Never {
    core.note(failure: reason)
    throw exitReason
  }
}

extension StartAcknowledgement where Value == Void {
  /// Lets the start return, while the process goes on.
  @discardableResult public func callAsFunction() -> Bool { core.acknowledge(()) }
}
