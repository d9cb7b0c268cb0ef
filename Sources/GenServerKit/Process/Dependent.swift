/// Who waits for a process, for people to read.
package struct Dependent: Sendable {
  package enum Party: Sendable {
    case process(ProcessCore)
    /// A child task of its handler, or a wait that the circle check was told to leave out.
    case task(of: ProcessCore)
    /// No process; the wait tells one from the other.
    case outsider(wait: ObjectIdentifier)
  }

  package let party: Party
  /// What it has asked for; nil where the wait does not know.
  package let request: String?
}

extension ProcessCore {
  /// Those that wait for its answer, its start or its end, and those that expect an answer as a message or later.
  package final var dependents: [Dependent] {
    lock.withLock { observers.all }.compactMap { ($0 as? WaitingClient)?.dependent }
  }
}
