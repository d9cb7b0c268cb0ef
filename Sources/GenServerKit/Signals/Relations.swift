/// What few processes have: timers, links, watches on others, a parent. Made with the first of them, and gone with the
/// process; everything in it is touched under the process's lock.
final class Relations: @unchecked Sendable {
  // Unchecked: see above.
  let timers = ProcessTimerList()

  /// The process's halves of its links, and its watches on others, each with its place in the order of their making.
  private(set) var links: [ObjectIdentifier: (half: Link, serial: UInt64)] = [:]
  private(set) var monitors: [ObjectIdentifier: (monitor: ProcessMonitor, serial: UInt64)] = [:]
  private var nextSerial: UInt64 = 0

  /// Whether exit signals arrive as messages.
  var trapsExits = false
  /// What a server makes of such a message: an `ExitTranslation` of its type.
  var exitTranslation: AnyObject?
  /// Who started the process and is linked to it.
  var parent: ProcessCore?

  private func serial() -> UInt64 {
    nextSerial += 1
    return nextSerial
  }

  func insert(_ link: Link) { links[ObjectIdentifier(link.peer)] = (link, serial()) }
  func removeLink(with peer: ProcessCore) -> Link? { links.removeValue(forKey: ObjectIdentifier(peer))?.half }

  func insert(_ monitor: ProcessMonitor) { monitors[ObjectIdentifier(monitor)] = (monitor, serial()) }
  func remove(_ monitor: ProcessMonitor) { monitors[ObjectIdentifier(monitor)] = nil }

  var linksInOrder: [Link] { links.values.sorted { $0.serial < $1.serial }.map(\.half) }
  var monitorsInOrder: [ProcessMonitor] { monitors.values.sorted { $0.serial < $1.serial }.map(\.monitor) }
}
