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
    /// By a name in a registry.
    case via

    func name<Server>(_ text: String) -> ProcessName<Server> {
      self == .via ? .via(Listing.all, Listing(text)) : ProcessName(text)
    }
  }

  let form: Form
  let address: Address
  let lending: StartOption.CallsInPlace

  static let all = Form.allCases.flatMap { form in
    Address.allCases.flatMap { address in
      // The name is looked up before anybody lends: the plain one shows that for both.
      (address == .via ? [.never] : [.never, .whenFast, .always]).map {
        Setup(form: form, address: address, lending: $0)
      }
    }
  }

  /// For handlers that wait: a plain one holds the thread that runs it, which must not be the test's.
  static let allWhereHandlersWait = all.filter { $0.form != .plain || $0.lending == .never }

  /// The same for what takes its time and has nothing to do with how a name is found.
  static let whereHandlersWait = allWhereHandlersWait.filter { $0.address != .via }

  /// For what lending has no part in.
  static let withoutLending = all.filter { $0.lending == .never }
  static let byPID = withoutLending.filter { $0.address == .pid }
  static let byName = withoutLending.filter { $0.address != .pid }

  /// For handlers that are cancelled where they wait, which takes its time too.
  static let waitingCancellably = withoutLending.filter { $0.form != .plain && $0.address != .via }

  /// Starts a probe, under the name if it is to be reached by one. One that can earn lending has earned it.
  func start(
    _ plan: ProbePlan = ProbePlan(), name: String = "probe", timeout: Timeout = .infinity, options: [StartOption] = []
  ) async throws -> ProbeServer {
    var plan = plan
    plan.suspends = form == .suspending
    let probe = try await kind.start(
      plan, name: address == .pid ? nil : name, timeout: timeout, options: options + [.callsInPlace(lending)])
    if lending == .whenFast {
      for _ in 1...5 { _ = try await probe.notes() }
    }
    return probe
  }

  func named(_ name: String) -> any ProbeReference { kind.named(name) }
  func whereis(_ name: String) -> (any ProbeReference)? { kind.whereis(name) }

  private var kind: any ProbeKind {
    form == .plain ? ProbeKindOf<PlainProbe>(address: address) : ProbeKindOf<AsyncProbe>(address: address)
  }
}

extension Setup: CustomTestStringConvertible {
  var testDescription: String { "\(form.rawValue) handlers, by \(address.rawValue), lending \(lending)" }
}
