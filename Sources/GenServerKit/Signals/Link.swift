/// A link between two processes: an element of both their lists. Each end is touched under the lock of its process.
///
/// When one of them ends it tells the other, which listens only while it has the link in its own list: whoever unlinks
/// takes it out of both.
final class Link: @unchecked Sendable {
  // Unchecked: see above; the processes are constant.
  fileprivate struct End {
    var isListed = false
    // Each list holds a reference to its elements, the neighbours none.
    var next: Unmanaged<Link>?
    var previous: Unmanaged<Link>?
  }

  // Apart from the ends: who holds the lock of the one process may ask for both.
  private let firstProcess: ProcessCore
  private let secondProcess: ProcessCore
  @exclusivity(unchecked) private var first = End()
  @exclusivity(unchecked) private var second = End()

  init(_ first: ProcessCore, _ second: ProcessCore) {
    firstProcess = first
    secondProcess = second
  }

  func peer(of process: ProcessCore) -> ProcessCore {
    firstProcess === process ? secondProcess : firstProcess
  }

  @inline(__always) fileprivate func withEnd<Result>(of process: ProcessCore, _ body: (inout End) -> Result) -> Result {
    firstProcess === process ? body(&first) : body(&second)
  }

  fileprivate func next(of process: ProcessCore) -> Unmanaged<Link>? {
    firstProcess === process ? first.next : second.next
  }
}

/// The links of one process, threaded through themselves in the order of their making, so that a hundred thousand come
/// and go without a search. Touched under the process's lock.
struct LinkList {
  private var first: Unmanaged<Link>?
  private var last: Unmanaged<Link>?
  private(set) var count = 0

  mutating func append(_ link: Link, of owner: ProcessCore) {
    let element = Unmanaged.passRetained(link)
    let last = last
    link.withEnd(of: owner) { end in
      end.isListed = true
      end.previous = last
    }
    if let last {
      last._withUnsafeGuaranteedRef { $0.withEnd(of: owner) { $0.next = element } }
    } else {
      first = element
    }
    self.last = element
    count += 1
  }

  /// By somebody who holds a reference to the link, which so is not dropped under the lock. False if it is not there.
  mutating func remove(_ link: Link, of owner: ProcessCore) -> Bool {
    let (wasListed, previous, next) = link.withEnd(of: owner) { end in
      let place = (end.isListed, end.previous, end.next)
      end.isListed = false
      end.previous = nil
      end.next = nil
      return place
    }
    guard wasListed else { return false }
    count -= 1
    if let next {
      next._withUnsafeGuaranteedRef { $0.withEnd(of: owner) { $0.previous = previous } }
    } else {
      last = previous
    }
    if let previous {
      previous._withUnsafeGuaranteedRef { $0.withEnd(of: owner) { $0.next = next } }
    } else {
      first = next
    }
    Unmanaged.passUnretained(link).release()
    return true
  }

  /// The link of its owner with that process.
  func link(of owner: ProcessCore, with peer: ProcessCore) -> Link? {
    var current = first
    while let element = current {
      let isIt = element._withUnsafeGuaranteedRef { $0.peer(of: owner) === peer }
      if isIt { return element.takeUnretainedValue() }
      current = element._withUnsafeGuaranteedRef { $0.next(of: owner) }
    }
    return nil
  }

  /// In the order of their making.
  func all(of owner: ProcessCore) -> [Link] {
    var all: [Link] = []
    var current = first
    while let element = current {
      let link = element.takeUnretainedValue()
      all.append(link)
      current = link.next(of: owner)
    }
    return all
  }

  mutating func removeAll(of owner: ProcessCore) -> [Link] {
    if first == nil { return [] }
    let all = all(of: owner)
    for link in all { _ = remove(link, of: owner) }
    return all
  }
}

extension ProcessCore {
  /// Links the two, once; to a process that has ended it is as if that had just ended with reason "no process".
  package final func link(to peer: ProcessCore) { link(to: peer, asChild: false) }

  /// Makes the process the child of the one that starts it: linked to it, and ended by its end even if it traps exits.
  @usableFromInline final func adopt(by parent: ProcessCore) { link(to: parent, asChild: true) }

  private final func link(to peer: ProcessCore, asChild: Bool) {
    if peer === self { return }
    let link = Link(self, peer)
    let (isNew, isThere) = withBothLocks(peer) { () -> (Bool, Bool) in
      if isOver { return (false, true) }
      if asChild { relationsUnderLock().parent = peer }
      // A link that is there already brings its own signal, also when the other one is just ending.
      if isLinkedUnderLocks(to: peer) { return (false, true) }
      if peer.isOver { return (false, false) }
      relationsUnderLock().links.append(link, of: self)
      peer.relationsUnderLock().links.append(link, of: peer)
      return (true, true)
    }
    if !isThere { return receiveExit(.noProcess, from: peer) }
    guard isNew else { return }
    kind.connection?.signal(.link(PID(peer)), to: self)
    peer.kind.connection?.signal(.link(PID(self)), to: peer)
  }

  /// Looks through the shorter of the two lists; one that has ended has none.
  private final func isLinkedUnderLocks(to peer: ProcessCore) -> Bool {
    guard let own = relations?.links else { return false }
    if let theirs = peer.relations?.links, theirs.count < own.count { return theirs.link(of: peer, with: self) != nil }
    if !peer.isOver, peer.relations == nil { return false }
    return own.link(of: self, with: peer) != nil
  }

  /// Takes the link away; no exit signal comes over it from now on.
  package final func unlink(from peer: ProcessCore) {
    if peer === self { return }
    // The link is dropped after the locks, as it may hold the last reference to a process.
    let link = withBothLocks(peer) { () -> Link? in
      guard let relations, let link = linkUnderLocks(with: peer), relations.links.remove(link, of: self) else {
        return nil
      }
      _ = peer.relations?.links.remove(link, of: peer)
      return link
    }
    guard link != nil else { return }
    kind.connection?.signal(.unlink(PID(peer)), to: self)
    peer.kind.connection?.signal(.unlink(PID(self)), to: peer)
  }

  private final func linkUnderLocks(with peer: ProcessCore) -> Link? {
    guard let own = relations?.links else { return nil }
    if let theirs = peer.relations?.links, theirs.count < own.count { return theirs.link(of: peer, with: self) }
    return own.link(of: self, with: peer)
  }

  /// After the end of the other one.
  final func linkBroke(_ link: Link, with peer: ProcessCore, _ reason: ExitReason) {
    lock.lock()
    guard relations?.links.remove(link, of: self) == true else { return lock.unlock() }
    if let connection = kind.connection {
      lock.unlock()
      return connection.signal(.linkBroke(PID(peer), reason), to: self)
    }
    receiveExitUnderLock(reason, from: peer, isKill: false)
  }

  /// The only place where two locks are held at once: those of two processes, the lower address first.
  private final func withBothLocks<Result>(_ peer: ProcessCore, _ body: () -> Result) -> Result {
    let isFirst = ObjectIdentifier(self) < ObjectIdentifier(peer)
    let first = isFirst ? self : peer
    let second = isFirst ? peer : self
    first.lock.lock()
    second.lock.lock()
    defer {
      second.lock.unlock()
      first.lock.unlock()
    }
    return body()
  }
}
