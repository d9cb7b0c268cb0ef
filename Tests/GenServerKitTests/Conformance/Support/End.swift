import GenServerKit

/// The ways in which a server ends.
enum End: CaseIterable, Sendable {
  case stopped
  case crashed
  case killed

  var reason: ExitReason {
    switch self {
    case .stopped: .normal
    case .crashed: .failure(ProbeError("crash"))
    case .killed: .killed
    }
  }

  /// Ends the probe and returns the reason that others saw.
  func happens(to probe: ProbeServer) async throws -> ExitReason {
    switch self {
    case .stopped: try await probe.stop()
    case .crashed: probe.cast(.fail(ProbeError("crash")))
    case .killed: probe.pid.exit(.killed)
    }
    return await probe.pid.waitForExit()
  }
}
