/// Whom a call was for, to be put into words when somebody reads its error.
struct CalledServer: Sendable {
  private enum Address: Sendable {
    case process(ProcessCore)
    case name(NamedAddress?)
    case text(String)
  }

  private let address: Address
  /// Whose formatter says what may be seen; nil where there is no server.
  private let type: (any GenServer.Type)?

  init(_ process: ProcessCore) {
    address = .process(process)
    type = process.kind.serverType
  }

  init<Server: GenServer>(_ server: ServerRef<Server>) {
    address = server.process.map { .process($0) } ?? .name(server.address)
    type = Server.self
  }

  init(_ text: String) {
    address = .text(text)
    type = nil
  }

  /// Such as `Counter <0.3.0>`, `Counter "main"` or `Counter via Shelf "b17"`.
  var text: String {
    switch address {
    case .process(let process): process.title
    case .name(let name): "\(type.map { "\($0)" } ?? "") \(name?.shown ?? "")"
    case .text(let text): text
    }
  }

  /// A reason of the server's as its status formatter shows it.
  func text(of reason: ExitReason) -> String { ShownStatus.text(of: reason, by: type) }
}
