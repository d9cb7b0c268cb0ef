import GenServerKit
import Testing

/// One way in which a behaviour has to hold: the form of the handlers, the address of the server, and whose thread runs
/// them.
struct Setup: Sendable {
  enum Form: String, CaseIterable {
    case plain
    case async
    case suspending
  }

  enum Address: String, CaseIterable {
    case pid
    case name
  }

  let form: Form
  let address: Address
  let lending: StartOption.Lending

  static let all = Form.allCases.flatMap { form in
    Address.allCases.flatMap { address in
      [.never, .earned, .fromTheFirstCall].map { Setup(form: form, address: address, lending: $0) }
    }
  }

  /// For handlers that wait: a plain one holds the thread that runs it, which must not be the test's.
  static let whereHandlersWait = all.filter { $0.form != .plain || $0.lending == .never }

  /// For what lending has no part in.
  static let withoutLending = all.filter { $0.lending == .never }
  static let byPID = withoutLending.filter { $0.address == .pid }
  static let byName = withoutLending.filter { $0.address == .name }

  /// For handlers that are cancelled where they wait.
  static let waitingCancellably = withoutLending.filter { $0.form != .plain }

  /// Starts a probe, under the name if it is to be reached by one. One that can earn lending has earned it.
  func start(
    _ plan: ProbePlan = ProbePlan(), name: String = "probe", timeout: Timeout = .infinity, options: [StartOption] = []
  ) async throws -> ProbeServer {
    var plan = plan
    plan.suspends = form == .suspending
    let probe = try await start(type, plan, name, timeout, options + [.lending(lending)])
    if lending == .earned {
      for _ in 1...5 { _ = try await probe.notes() }
    }
    return probe
  }

  private func start<Server: Probe>(
    _: Server.Type, _ plan: ProbePlan, _ name: String, _ timeout: Timeout, _ options: [StartOption]
  ) async throws -> ProbeServer {
    let isNamed = address == .name
    let started = try await Server.start(
      plan, name: isNamed ? ProcessName(name) : nil, timeout: timeout, options: options)
    let pid = try #require(started.pid)
    return ProbeServer(pid: pid, address: isNamed ? Server.named(ProcessName(name)) : started)
  }

  /// The address by name, whoever holds it.
  func named(_ name: String) -> any ProbeReference { named(name, type) }

  private func named<Server: Probe>(_ name: String, _: Server.Type) -> any ProbeReference {
    Server.named(ProcessName(name))
  }

  func whereis(_ name: String) -> (any ProbeReference)? { whereis(name, type) }

  private func whereis<Server: Probe>(_ name: String, _: Server.Type) -> (any ProbeReference)? {
    Server.whereis(ProcessName(name))
  }

  private var type: any Probe.Type { form == .plain ? PlainProbe.self : AsyncProbe.self }
}

extension Setup: CustomTestStringConvertible {
  var testDescription: String { "\(form.rawValue) handlers, by \(address.rawValue), lending \(lending)" }
}
