// The names of a process: one plain one at most, and any number in registries. The tables say which process holds a
// name; the process keeps its own list of names so that it can give them back at its end.
extension ProcessCore {
  /// The plain name, or else the first one in a registry. Once the process has ended, it is the name with which it
  /// ended.
  package final var name: String? { lock.withLock { shownName } }

  /// The name in the runtime's own table, while the process lives.
  final var plainName: String? { lock.withLock { hasPlainName && !isClosed ? shownName : nil } }

  /// Takes the name. The tables are asked outside of the lock, so the process checks again whether it still lives once
  /// it has got the name.
  final func register(_ name: NamedAddress) throws(NameError) {
    if name.isEmpty { throw .emptyName }
    if let node = name.node, node != runtime.node { throw .notOnThisNode(node) }
    if let obstacle = lock.withLock({ obstacleUnderLock(to: name) }) { throw obstacle }
    let text = name.text
    if let refusal = name.register(self) { throw refusal }
    let obstacle: NameError? = lock.withLock {
      if let obstacle = obstacleUnderLock(to: name) { return obstacle }
      keepUnderLock(name, text)
      return nil
    }
    if let obstacle {
      name.unregister(self)
      throw obstacle
    }
  }

  /// Gives the name back.
  final func unregister(_ name: NamedAddress) throws(NameError) {
    // Keys are compared outside of the lock, since comparing them runs the user's code.
    let held = name.isPlain ? nil : lock.withLock { relations?.names ?? [] }.first { $0.address == name }
    let text = name.text
    let obstacle: NameError? = lock.withLock {
      if isClosed { return .noProcess }
      let isDropped = name.isPlain ? dropUnderLock(plain: text) : dropUnderLock(held?.address)
      return isDropped ? nil : .notRegistered
    }
    if let obstacle { throw obstacle }
    name.unregister(self)
  }

  /// Sets the name that texts show, for a process that stands in where nobody holds the name.
  final func showName(_ name: NamedAddress) {
    shownName = name.text
    hasPlainName = name.isPlain
  }

  /// The names that `die` takes along. The name that is shown stays, for texts about the process after its end.
  final func heldNamesUnderLock() -> HeldNames {
    HeldNames(plain: hasPlainName ? shownName : nil, inRegistries: withRelations { $0.names } ?? [])
  }

  /// Gives the names back to their tables.
  final func release(_ names: HeldNames) {
    if let plain = names.plain { runtime.names.unregister(plain, of: self) }
    for name in names.inRegistries { name.address.unregister(self) }
  }

  private final func obstacleUnderLock(to name: NamedAddress) -> NameError? {
    if isClosed { return .noProcess }
    if name.isPlain, hasPlainName, let shownName { return .alreadyNamed(shownName) }
    return nil
  }

  private final func keepUnderLock(_ name: NamedAddress, _ text: String) {
    if name.isPlain {
      shownName = text
      hasPlainName = true
    } else {
      relationsUnderLock().names.append(RegisteredName(address: name, text: text))
      if shownName == nil { shownName = text }
    }
  }

  private final func dropUnderLock(plain text: String) -> Bool {
    guard hasPlainName, shownName == text else { return false }
    hasPlainName = false
    shownName = relations?.names.first?.text
    return true
  }

  private final func dropUnderLock(_ address: NamedAddress?) -> Bool {
    guard let relations, let index = relations.names.firstIndex(where: { $0.address === address }) else { return false }
    relations.names.remove(at: index)
    if !hasPlainName { shownName = relations.names.first?.text }
    return true
  }
}

/// The names that a process has to give back.
struct HeldNames {
  let plain: String?
  let inRegistries: [RegisteredName]
}

/// A name in a registry, with its text, so that a log can name the process without running the user's code.
struct RegisteredName {
  let address: NamedAddress
  let text: String
}
