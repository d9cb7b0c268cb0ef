/// What a server's status formatter lets people see where no state is at hand.
enum ShownStatus {
  /// Stands where the formatter has taken something away.
  static let hidden = "(hidden)"

  private static let labelLimit = 200

  /// The reason that those hear who start a server.
  static func reason(_ reason: ExitReason, by type: any GenServer.Type) -> ExitReason {
    type.shown(reason: reason).reason ?? .failure(HiddenReason(server: "\(type)"))
  }

  static func text(of reason: ExitReason, by type: (any GenServer.Type)?) -> String {
    guard let type else { return "\(reason)" }
    return type.shown(reason: reason).reason.map { "\($0)" } ?? hidden
  }

  static func text(ofLabel label: any Sendable, by type: (any GenServer.Type)?) -> String {
    guard let type else { return ValueText.describing(label, limit: labelLimit) }
    return type.shown(label: label).label.map { ValueText.describing($0, limit: labelLimit) } ?? hidden
  }

  /// The text of a message, a request, or anything else that a server was sent.
  static func text(ofMessage message: Any, by type: (any GenServer.Type)?, limit: Int) -> String {
    guard let type else { return MessageText.describe(message, limit: limit) }
    return type.shown(message: message).message.map { MessageText.describe($0, limit: limit) } ?? ""
  }
}

extension GenServer {
  fileprivate static func shown(
    message: Any? = nil, reason: ExitReason? = nil, label: (any Sendable)? = nil
  ) -> ServerStatus {
    var status = ServerStatus(state: Self?.none as Any, message: message, reason: reason, label: label)
    formatStatus(&status)
    return status
  }
}

extension ProcessCore {
  /// A reason of the process's end as its status formatter shows it.
  package final func text(of reason: ExitReason) -> String { ShownStatus.text(of: reason, by: kind.serverType) }

  /// What the process calls itself, as its status formatter shows it.
  final var labelText: String? { label.map { ShownStatus.text(ofLabel: $0, by: kind.serverType) } }
}
