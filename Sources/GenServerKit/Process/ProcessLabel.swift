// A label is for people: it says what a process is for where there are many of one type.

extension PID {
  /// The label that the process gave itself; nil if it has none, and once it has ended. See `Process.get_label/1` in
  /// Elixir.
  ///
  /// ```swift
  /// for pid in Runtime.current.processes { print(pid, pid.label ?? "") }
  /// ```
  public var label: (any Sendable)? { core.label }
}

extension ServerContext {
  /// The server's label, a value of any kind that says what the server is for. It stands in snapshots, in the metadata
  /// of its logs, and in its crash report. Setting nil removes it. See `Process.set_label/1` in Elixir.
  ///
  /// ```swift
  /// context.label = "session of \(user)"
  /// ```
  ///
  /// Unlike a name, a label cannot be used to find a process, and many processes may have the same one.
  public var label: (any Sendable)? {
    get { process.label }
    nonmutating set { process.label = newValue }
  }
}

extension RawProcess {
  /// The process's label; see `ServerContext.label`.
  public var label: (any Sendable)? {
    get { core.label }
    nonmutating set { core.label = newValue }
  }
}

extension ProcessCore {
  final var label: (any Sendable)? {
    get { lock.withLock { particularsUnderLock?.label } }
    set {
      // The old label is the user's value, and is dropped after the lock is let go.
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
