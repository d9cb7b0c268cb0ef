/// A process or task that waits for another process, for people to read.
package struct Dependent: Sendable {
  package enum Party: Sendable {
    case process(ProcessCore)
    /// A child task of its handler, or a wait that the circle check was told to leave out.
    case task(of: ProcessCore)
    /// A task that is no process. Its wait tells it from other such tasks.
    case outsider(wait: ObjectIdentifier)
  }

  package let party: Party
  /// The request for whose answer it waits; nil where that is not known.
  package let request: String?
}

extension ProcessCore {
  /// The processes and tasks that wait for an answer, the start or the end of this process, and those that expect its
  /// answer as a message or later.
  package final var dependents: [Dependent] {
    lock.withLock { observers.all }.compactMap { ($0 as? WaitingClient)?.dependent }
  }
}
