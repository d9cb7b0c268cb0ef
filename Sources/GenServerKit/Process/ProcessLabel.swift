// A label is for people: it says what a process is for where there are many of one type.

extension PID {
  /// What the process called itself; nil if it did not, and once it has ended. See `Process.get_label/1` in Elixir.
  ///
  /// ```swift
  /// for pid in Runtime.current.processes { print(pid, pid.label ?? "") }
  /// ```
  public var label: (any Sendable)? { core.label }
}

extension ServerContext {
  /// What the server calls itself, a value of any kind: it stands in snapshots, in the metadata of its logs, and in its
  /// crash report. Nil takes it away. See `Process.set_label/1` in Elixir.
  ///
  /// ```swift
  /// context.label = "session of \(user)"
  /// ```
  ///
  /// Unlike a name nobody is found by it, and many processes may have the same.
  public var label: (any Sendable)? {
    get { process.label }
    nonmutating set { process.label = newValue }
  }
}

extension RawProcess {
  /// What the process calls itself; see `ServerContext.label`.
  public var label: (any Sendable)? {
    get { core.label }
    nonmutating set { core.label = newValue }
  }
}

extension ProcessCore {
  final var label: (any Sendable)? {
    get { lock.withLock { particularsUnderLock?.label } }
    set {
      // The old one is the user's, and dropped after the lock.
      let old = lock.withLock { () -> (any Sendable)? in
        if isOver || newValue == nil && particularsUnderLock == nil { return nil }
        let particulars = makeParticularsUnderLock()
        let old = particulars.label
        particulars.label = newValue
        return old
      }
      withExtendedLifetime(old) {}
    }
  }
}
