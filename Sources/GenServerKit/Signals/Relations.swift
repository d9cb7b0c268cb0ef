/// What few processes have: timers, links, watches on others, a parent, names in registries. Made with the first of
/// them, and gone with the process; everything in it is touched under the process's lock.
final class Relations: @unchecked Sendable {
  // Unchecked: see above.
  let timers = ProcessTimerList()

  @exclusivity(unchecked) var links: LinkList
  /// The process's watches on others.
  @exclusivity(unchecked) var monitors = ProcessMonitorList()

  /// Whether exit signals arrive as messages.
  @exclusivity(unchecked) var trapsExits = false
  /// What a server makes of such a message: an `ExitTranslation` of its type.
  @exclusivity(unchecked) var exitTranslation: AnyObject?
  /// Who started the process and is linked to it.
  @exclusivity(unchecked) var parent: ProcessCore?
  /// In registries, in the order of their registration.
  @exclusivity(unchecked) var names: [RegisteredName] = []
  /// Who started it, and who started that one.
  @exclusivity(unchecked) var ancestors: [AncestorRecord] = []
  @exclusivity(unchecked) var particulars: ProcessParticulars?

  init(of owner: ProcessCore) { links = LinkList(of: owner) }
}
