/// One process's half of a link. It hears of its owner's end and tells the other process, which listens only while it
/// has its own half: whoever unlinks takes both away.
final class Link: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited.
  let owner: ProcessCore
  let peer: ProcessCore

  init(_ owner: ProcessCore, with peer: ProcessCore) {
    self.owner = owner
    self.peer = peer
    super.init()
  }

  override func processEnded(_ reason: ExitReason) { peer.linkBroke(with: owner, reason) }
}

extension ProcessCore {
  /// Links the two, once; to a process that has ended it is as if that had just ended with reason "no process".
  package final func link(to peer: ProcessCore) {
    if peer === self { return }
    let mine = Link(self, with: peer)
    let theirs = Link(peer, with: self)
    let isThere = withBothLocks(peer) {
      // A link that is there already brings its own signal, also when the other one is just ending.
      if isOver || relations?.links[ObjectIdentifier(peer)] != nil { return true }
      if peer.isOver { return false }
      let relations = relationsUnderLock()
      relations.insert(mine)
      observers.append(mine)
      peer.relationsUnderLock().insert(theirs)
      peer.observers.append(theirs)
      return true
    }
    if !isThere { receiveExit(.noProcess, from: peer) }
  }

  /// Takes the link away; no exit signal comes over it from now on.
  package final func unlink(from peer: ProcessCore) {
    if peer === self { return }
    // The halves are dropped after the locks, as they may hold the last reference to a process.
    let halves = withBothLocks(peer) {
      let halves = (relations?.removeLink(with: peer), peer.relations?.removeLink(with: self))
      if let mine = halves.0 { observers.remove(mine) }
      if let theirs = halves.1 { peer.observers.remove(theirs) }
      return halves
    }
    withExtendedLifetime(halves) {}
  }

  fileprivate final func linkBroke(with peer: ProcessCore, _ reason: ExitReason) {
    let half = lock.withLock {
      let half = relations?.removeLink(with: peer)
      if let half { observers.remove(half) }
      return half
    }
    if half != nil { receiveExit(reason, from: peer) }
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
