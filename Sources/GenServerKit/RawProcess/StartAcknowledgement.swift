/// With what a process tells who started it that it is ready; see `spawn(waitingFor:timeout:_:)`.
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
  /// The first one counts. Returns whether this was it, and somebody still waited: not after a timeout.
  @discardableResult public func callAsFunction(_ value: Value) -> Bool { core.acknowledge(value) }

  /// Lets the start throw `StartError.failed(reason)`, and the process end for a reason of its own, which is an orderly
  /// one unless told otherwise; `:proc_lib.init_fail/2` in OTP.
  ///
  /// ```swift
  /// guard let socket = try? Socket.listen() else { try ready.fail(.failure(PortTaken())) }
  /// ```
  ///
  /// An error that leaves the body before it has acknowledged fails the start as well, and is a crash.
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
