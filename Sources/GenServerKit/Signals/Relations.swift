/// State that few processes need: timers, links, watches on others, a parent, names in registries. The object is made
/// when the first of these is needed, and goes with the process; everything in it is touched under the process's lock.
final class Relations: @unchecked Sendable {
  // Unchecked: see above.
  private var madeTimers: OwnedTimers?

  @exclusivity(unchecked) var links: LinkList
  /// The process's watches on others.
  @exclusivity(unchecked) var monitors = ProcessMonitorList()
  /// The watch that ended last, kept for the next one.
  @exclusivity(unchecked) var spareMonitor: ProcessMonitor?
  /// The process's requests that are not over and for which it does not wait.
  @exclusivity(unchecked) var requests = SentRequestList()
  /// A timer of the process for a message to itself, to be used again when it is over.
  @exclusivity(unchecked) var spareTimer: OwnedTimer?

  /// Whether exit signals arrive as messages.
  @exclusivity(unchecked) var trapsExits = false
  /// The function by which a server makes a message of an exit signal: an `ExitTranslation` of its type.
  @exclusivity(unchecked) var exitTranslation: (any AnyObject & Sendable)?
  /// The process that started this one and is linked to it.
  @exclusivity(unchecked) var parent: ProcessCore?
  /// The names in registries, in the order of their registration.
  @exclusivity(unchecked) var names: [RegisteredName] = []
  /// The process that started this one, the one that started that, and so on.
  @exclusivity(unchecked) var ancestors: [AncestorRecord] = []
  /// The ancestors of every process that this one starts: itself, and its own ancestors. Made for the first, and shared
  /// by all.
  @exclusivity(unchecked) var lineage: [AncestorRecord] = []
  @exclusivity(unchecked) var particulars: ProcessParticulars?

  /// Puts the watch that ended last into the list again; nil if something still refers to it.
  func reuseSpareMonitor() -> Unmanaged<ProcessMonitor>? {
    guard isKnownUniquelyReferenced(&spareMonitor), let monitor = spareMonitor.take() else { return nil }
    let unretained = Unmanaged.passUnretained(monitor)
    monitors.append(owned: monitor)
    return unretained
  }

  /// Takes a watch off the list, and keeps it for the next. Returns the reference to the watch kept so far, which must
  /// not be dropped under a lock.
  func spare(_ monitor: ProcessMonitor) -> Unmanaged<ProcessMonitor>? {
    guard let taken = monitors.take(monitor) else { return nil }
    let previous = spareMonitor.map { Unmanaged.passRetained($0) }
    spareMonitor = taken
    return previous
  }

  init(of owner: ProcessCore) { links = LinkList(of: owner) }

  /// The timers of the process; nil if it has set none so far.
  var timers: OwnedTimers? { madeTimers }

  func timers(by timeSource: any TimeSource) -> OwnedTimers {
    if let madeTimers { return madeTimers }
    let new = OwnedTimers(timeSource)
    madeTimers = new
    return new
  }

  /// Ends the relations when the process has ended and no thread can find them any more.
  func end(of process: ProcessCore, _ reason: ExitReason) {
    while let monitor = monitors.popFirst() { monitor.watcherEnded() }
    // First, so that whoever waits for the end finds the linked processes told.
    while let link = links.popFirst() { link.peer(of: process).linkBroke(link, with: process, reason) }
  }
}
