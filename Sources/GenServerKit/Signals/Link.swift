/// A link between two processes: an element of both their lists. Each end is touched under the lock of its process.
///
/// A process that ends tells the other one, which takes notice only while it has the link in its own list. Unlinking
/// takes the link out of both lists.
final class Link: @unchecked Sendable {
  // Unchecked: see above. The references to the processes are constant, so that a thread which holds the lock of one
  // may read both.
  private let first: ProcessCore
  private let second: ProcessCore
  @exclusivity(unchecked) private var firstPlace = ListPlace<Link>()
  @exclusivity(unchecked) private var secondPlace = ListPlace<Link>()

  init(_ first: ProcessCore, _ second: ProcessCore) {
    self.first = first
    self.second = second
  }

  func peer(of process: ProcessCore) -> ProcessCore { peer(of: ObjectIdentifier(process)) }

  // This takes an identity, as a reference would be counted only for the comparison.

  @inline(__always) fileprivate func peer(of process: ObjectIdentifier) -> ProcessCore {
    ObjectIdentifier(first) == process ? second : first
  }

  @inline(__always) fileprivate func withPlace<Result>(
    at process: ObjectIdentifier, _ body: (inout ListPlace<Link>) -> Result
  ) -> Result { ObjectIdentifier(first) == process ? body(&firstPlace) : body(&secondPlace) }
}

struct LinkPlaces: ListPlaces {
  let owner: ObjectIdentifier

  @inline(__always) func withPlace<Result>(of link: Link, _ body: (inout ListPlace<Link>) -> Result) -> Result {
    link.withPlace(at: owner, body)
  }
}

/// The links of one process; touched under its lock.
struct LinkList {
  private let owner: ObjectIdentifier
  private(set) var list: IntrusiveList<LinkPlaces>
  private(set) var count = 0

  init(of owner: ProcessCore) {
    self.owner = ObjectIdentifier(owner)
    list = IntrusiveList(LinkPlaces(owner: self.owner))
  }

  mutating func append(_ link: Link) {
    list.append(link)
    count += 1
  }

  /// Takes the link out; false if it is not in the list.
  mutating func remove(_ link: Link) -> Bool {
    guard list.remove(link) else { return false }
    count -= 1
    return true
  }

  /// The link of the owner with that process.
  func link(with peer: ProcessCore) -> Link? { list.first { $0.peer(of: owner) === peer } }

  /// The first of them in the order of their making, so that nobody holds the lock for longer than that takes.
  func peers(atMost limit: Int) -> [ProcessCore] { list.first(limit).map { $0.peer(of: owner) } }

  mutating func popFirst() -> Link? {
    guard let link = list.popFirst() else { return nil }
    count -= 1
    return link
  }
}

extension ProcessCore {
  /// Links the two processes, once. Linking to a process that has ended is as if that had just ended with reason
  /// `noProcess`.
  package final func link(to peer: ProcessCore) { link(to: peer, asChild: false) }

  /// Makes the process the child of the one that starts it: linked to it, and ended by its end even if it traps exits.
  @usableFromInline final func adopt(by parent: ProcessCore) { link(to: parent, asChild: true) }

  private final func link(to peer: ProcessCore, asChild: Bool) {
    if peer === self { return }
    let link = Link(self, peer)
    let (isNew, isThere) = withBothLocks(peer) { () -> (Bool, Bool) in
      if isOver { return (false, true) }
      if asChild { withMadeRelations { $0.parent = peer } }
      // A link that exists already brings its own signal, even when the other process is just ending.
      if isLinkedUnderLocks(to: peer) { return (false, true) }
      if peer.isOver { return (false, false) }
      withMadeRelations { $0.links.append(link) }
      peer.withMadeRelations { $0.links.append(link) }
      return (true, true)
    }
    if !isThere { return receiveExit(.noProcess, from: peer) }
    guard isNew else { return }
    kind.connection?.signal(.link(PID(peer)), to: self)
    peer.kind.connection?.signal(.link(PID(self)), to: peer)
  }

  /// Looks through the shorter of the two lists; a process that has ended has none.
  private final func isLinkedUnderLocks(to peer: ProcessCore) -> Bool {
    guard withRelations({ $0.links.count }) ?? 0 > 0, let own = relations?.links else { return false }
    if let theirs = peer.relations?.links, theirs.count < own.count { return theirs.link(with: self) != nil }
    if !peer.isOver, peer.relations == nil { return false }
    return own.link(with: peer) != nil
  }

  /// Takes the link away; no exit signal comes over it from now on.
  package final func unlink(from peer: ProcessCore) {
    if peer === self { return }
    // The link is dropped after the locks are let go, as it may hold the last reference to a process.
    let link = withBothLocks(peer) { () -> Link? in
      guard let relations, let link = linkUnderLocks(with: peer), relations.links.remove(link) else {
        return nil
      }
      if !runtime.has(.linkOutlivesUnlink) { _ = peer.relations?.links.remove(link) }
      return link
    }
    guard link != nil else { return }
    kind.connection?.signal(.unlink(PID(peer)), to: self)
    peer.kind.connection?.signal(.unlink(PID(self)), to: peer)
  }

  private final func linkUnderLocks(with peer: ProcessCore) -> Link? {
    guard let own = relations?.links else { return nil }
    if let theirs = peer.relations?.links, theirs.count < own.count { return theirs.link(with: self) }
    return own.link(with: peer)
  }

  /// Called after the end of the linked process.
  final func linkBroke(_ link: Link, with peer: ProcessCore, _ reason: ExitReason) {
    lock.lock()
    guard withRelations({ $0.links.remove(link) }) == true else { return lock.unlock() }
    if let connection = kind.connection {
      lock.unlock()
      return connection.signal(.linkBroke(PID(peer), reason), to: self)
    }
    receiveExitUnderLock(reason, from: peer, isKill: false)
  }

  /// The only place where two locks are held at once: those of two processes, the lower address first.
  private final func withBothLocks<Result>(_ peer: ProcessCore, _ body: () -> Result) -> Result {
    if ObjectIdentifier(self) < ObjectIdentifier(peer) {
      lock.lock()
      peer.lock.lock()
    } else {
      peer.lock.lock()
      lock.lock()
    }
    defer {
      peer.lock.unlock()
      lock.unlock()
    }
    return body()
  }
}
