import GenServerKit

extension ProcessSnapshot {
  /// What the process does, for whoever looks for what hangs.
  var line: String {
    var parts = ["\(type) \(pid)", "\(status)", "mailbox \(mailboxCount)"]
    if let name { parts.append("name \(name)") }
    if let label { parts.append("label \(label)") }
    if let origin { parts.append("from \(origin)") }
    if let handling { parts.append("in \(handling.handler)") }
    if let waitsFor { parts.append("waits for \(waitsFor)") }
    if trapsExits { parts.append("traps exits") }
    if !links.isEmpty { parts.append("links \(links)") }
    if !monitors.isEmpty { parts.append("watches \(monitors.count)") }
    return parts.joined(separator: ", ")
  }
}
