/// What few processes have: timers, links, watches on others, a parent, names in registries. Made with the first of
/// them, and gone with the process; everything in it is touched under the process's lock.
final class Relations: @unchecked Sendable {
  // Unchecked: see above.
  private var madeTimers: OwnedTimers?

  @exclusivity(unchecked) var links: LinkList
  /// The process's watches on others.
  @exclusivity(unchecked) var monitors = ProcessMonitorList()
  /// The watch that ended last.
  @exclusivity(unchecked) var spareMonitor: ProcessMonitor?
  /// The process's requests that are not over and for which it does not wait.
  @exclusivity(unchecked) var requests = SentRequestList()
  /// One of the process's messages to itself for a later time, to be used again when it is over.
  @exclusivity(unchecked) var spareTimer: OwnedTimer?

  /// Whether exit signals arrive as messages.
  @exclusivity(unchecked) var trapsExits = false
  /// What a server makes of such a message: an `ExitTranslation` of its type.
  @exclusivity(unchecked) var exitTranslation: (any AnyObject & Sendable)?
  /// Who started the process and is linked to it.
  @exclusivity(unchecked) var parent: ProcessCore?
  /// In registries, in the order of their registration.
  @exclusivity(unchecked) var names: [RegisteredName] = []
  /// Who started it, and who started that one.
  @exclusivity(unchecked) var ancestors: [AncestorRecord] = []
  /// The ancestors of what the process starts: itself, and its own. Made for the first one, and shared by all.
  @exclusivity(unchecked) var lineage: [AncestorRecord] = []
  @exclusivity(unchecked) var particulars: ProcessParticulars?

  /// Puts the watch that ended last into the list again; nil where somebody still refers to it.
  func reuseSpareMonitor() -> Unmanaged<ProcessMonitor>? {
    guard isKnownUniquelyReferenced(&spareMonitor), let monitor = spareMonitor.take() else { return nil }
    let unretained = Unmanaged.passUnretained(monitor)
    monitors.append(owned: monitor)
    return unretained
  }

  /// Takes a watch off the list, and keeps it for the next. Returns the reference to the one kept so far, which is not to
  /// be dropped under a lock.
  func spare(_ monitor: ProcessMonitor) -> Unmanaged<ProcessMonitor>? {
    guard let taken = monitors.take(monitor) else { return nil }
    let previous = spareMonitor.map { Unmanaged.passRetained($0) }
    spareMonitor = taken
    return previous
  }

  init(of owner: ProcessCore) { links = LinkList(of: owner) }

  /// Nil if there was none so far.
  var timers: OwnedTimers? { madeTimers }

  func timers(by timeSource: any TimeSource) -> OwnedTimers {
    if let madeTimers { return madeTimers }
    let new = OwnedTimers(timeSource)
    madeTimers = new
    return new
  }

  /// When the process has ended and nobody finds them any more.
  func end(of process: ProcessCore, _ reason: ExitReason) {
    while let monitor = monitors.popFirst() { monitor.watcherEnded() }
    // First, so that whoever waits for the end finds the linked processes told.
    while let link = links.popFirst() { link.peer(of: process).linkBroke(link, with: process, reason) }
  }
}
