/// Which names are held by the states of servers.
final class NameRoster: Sendable {
  private let names = Guarded<Set<String>>([])

  fileprivate func enter(_ name: String) -> Bool { names.withLock { $0.insert(name).inserted } }
  fileprivate func leave(_ name: String) { names.withLock { _ = $0.remove(name) } }
}

/// Lies in the state of a server that was started under a name. The name is taken before the state is made and free again
/// after the state has gone, so no two of them are there at once.
final class NameHold: Sendable {
  private let name: String
  private let roster: NameRoster

  init(_ name: String, in roster: NameRoster) {
    self.name = name
    self.roster = roster
    require(roster.enter(name), "the name “\(name)” has two holders")
  }

  deinit { roster.leave(name) }
}
