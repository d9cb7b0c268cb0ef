import GenServerKit

/// An end that no clean reason stands for.
let crash = ExitReason.failure(PuppetError("crash"))

/// What can be linked to and watched: one server with plain handlers, one with async ones, whether they lend or not.
enum SignalCase: CaseIterable {
  case plain, plainLending, async, asyncLending

  private var lending: PuppetLending {
    switch self {
    case .plain, .async: .never
    case .plainLending, .asyncLending: .always
    }
  }

  /// Runs a behaviour with servers of the kind.
  func run(_ check: any SignalCheck) async throws {
    switch self {
    case .plain, .plainLending: try await check.run { try await Puppet.ready(lending) }
    case .async, .asyncLending: try await check.run { try await AsyncPuppet.ready(lending) }
    }
  }
}

/// A behaviour that is checked with servers that `make` starts.
protocol SignalCheck: Sendable {
  func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws
}

extension ServerRef where Server: PuppetShow {
  func own() throws -> PID {
    guard let pid else { throw PuppetError("\(self) has ended") }
    return pid
  }

  func link(_ other: some PuppetAddress) async throws {
    let pid = try other.own()
    try await ask { _, context in context.link(pid) }
  }

  func unlink(_ other: some PuppetAddress) async throws {
    let pid = try other.own()
    try await ask { _, context in context.unlink(pid) }
  }

  /// Notes each exit signal from now on.
  @discardableResult func trapExits() async throws -> Bool {
    try await ask { _, context in context.trapExits { Server.note("exit \($0.pid) \($0.reason)") } }
  }

  /// Notes the end of the other one.
  @discardableResult func monitor(_ pid: PID, as label: String = "down") async throws -> Monitor {
    try await ask { _, context in context.monitor(pid) { Server.note("\(label) \($0.pid) \($0.reason)") } }
  }

  func demonitor(_ monitor: Monitor) async throws {
    try await ask { _, context in context.demonitor(monitor) }
  }

  /// Ends the server with a reason that it asks for itself. When this returns, who was linked to it or watched it before
  /// has been told: they are told in order, and this is the last one.
  func end(_ reason: ExitReason) async throws -> ExitReason {
    let pid = try own()
    let end = Task.immediate { await pid.waitForExit() }
    tell { _, _ in throw reason }
    return await end.value
  }
}

/// Something with a pid, whatever its type.
protocol PuppetAddress: Sendable {
  func own() throws -> PID
}

extension ServerRef: PuppetAddress where Server: PuppetShow {}
extension PID: PuppetAddress {
  func own() -> PID { self }

  /// Sends an exit signal, and returns when all who were to hear of the end before have been told.
  func end(by reason: ExitReason) async -> ExitReason {
    let end = Task.immediate { await waitForExit() }
    exit(reason)
    return await end.value
  }
}
