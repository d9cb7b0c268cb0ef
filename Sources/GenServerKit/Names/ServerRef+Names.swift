extension ServerRef {
  /// Gives a running server a name, which is free again when the server has ended.
  ///
  /// ```swift
  /// let counter = try await Counter.start(0)
  /// try counter.register(.main)
  /// ```
  ///
  /// A server has one plain name at most, and any number in registries. The name belongs to the runtime in which the
  /// server lives. See `Process.register/2` in Elixir.
  ///
  /// - Throws: `NameError.taken` with the process that holds it, `alreadyNamed`, `emptyName`, `refused`,
  ///   `notOnThisNode`, and `noProcess` if the server has ended or the reference leads to none.
  public func register(_ name: ProcessName<Server>) throws(NameError) { try running().register(name.address) }

  /// Takes a name away from the server, however the server got it; see `Process.unregister/1` in Elixir.
  ///
  /// - Throws: `NameError.notRegistered` if it does not hold the name, `noProcess` if the server has ended or the
  ///   reference leads to none.
  public func unregister(_ name: ProcessName<Server>) throws(NameError) { try running().unregister(name.address) }

  private func running() throws(NameError) -> ProcessCore {
    guard case .success(let process) = resolvedCore else { throw .noProcess }
    return process
  }
}
