import GenServerKit
import Testing

/// A type of probes as a value. Swift opens no metatype of a protocol that asks for `SendableMetatype`, as `GenServer`
/// does, so the type comes in a box.
protocol ProbeKind: Sendable {
  func start(
    _ plan: ProbePlan, name: String?, timeout: Timeout, options: [StartOption]
  ) async throws -> ProbeServer

  /// The address by name, whoever holds it.
  func named(_ name: String) -> any ProbeReference
  func whereis(_ name: String) -> (any ProbeReference)?
}

struct ProbeKindOf<Server: Probe>: ProbeKind {
  let address: Setup.Address

  func start(
    _ plan: ProbePlan, name: String?, timeout: Timeout, options: [StartOption]
  ) async throws -> ProbeServer {
    let started = try await Server.start(plan, name: name.map { address.name($0) }, timeout: timeout, options: options)
    let pid = try #require(started.pid)
    return ProbeServer(pid: pid, address: name.map { named($0) } ?? started)
  }

  func named(_ name: String) -> any ProbeReference { Server.named(address.name(name)) }
  func whereis(_ name: String) -> (any ProbeReference)? { Server.whereis(address.name(name)) }
}
