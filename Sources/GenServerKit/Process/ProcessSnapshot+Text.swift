extension ProcessSnapshot: CustomStringConvertible {
  /// Such as `Cache "main" <0.3.0> "shelf 7", waiting, 2 messages`: the label as the server's status formatter shows it.
  public var description: String {
    var text = "\(type) \(name.map { "\"\($0)\" " } ?? "")\(pid)"
    if let label { text += " labelled \(ShownStatus.text(ofLabel: label, by: pid.core.kind.serverType))" }
    text += ", \(status)"
    if let handling { text += " in \(handling.handler)" }
    if let waitsFor { text += ", waits for \(waitsFor)" }
    text += ", \(mailboxCount) message\(mailboxCount == 1 ? "" : "s")"
    return text
  }
}
