import GenServerKit

/// The servers and processes that one test has started, to be stopped at its end.
final class StartedProcesses: Sendable {
  private struct Started {
    let pid: PID
    let mayCrash: Bool
    let place: SourcePlace
  }

  private let runtime: Runtime
  private let state = Locked<(all: [Started], expected: Set<PID>)>((all: [], expected: []))

  private static let registry = Locked<[ObjectIdentifier: StartedProcesses]>([:])

  init(in runtime: Runtime) { self.runtime = runtime }

  /// Starts a server in the test's runtime.
  nonisolated(nonsending) func start<Server: GenServer>(
    _ argument: sending Server.Argument, name: ProcessName<Server>?, options: [StartOption], mayCrash: Bool,
    at place: SourcePlace
  ) async throws(StartError) -> ServerRef<Server> {
    // The argument is handed over once, as `sending` says.
    nonisolated(unsafe) let argument = argument
    let server = try await withRuntime(runtime) { () async throws(StartError) in
      try await Server.start(argument, name: name, options: options)
    }
    if let pid = server.pid { add(pid, mayCrash: mayCrash, at: place) }
    return server
  }

  func spawn(
    mayCrash: Bool, at place: SourcePlace, _ body: sending @escaping (RawProcess) async throws -> Void
  ) -> PID {
    let pid = runtime.spawn(fileID: place.fileID, line: place.line, body)
    add(pid, mayCrash: mayCrash, at: place)
    return pid
  }

  private func add(_ pid: PID, mayCrash: Bool, at place: SourcePlace) {
    let isFirst = state.withLock { state in
      state.all.append(Started(pid: pid, mayCrash: mayCrash, place: place))
      return state.all.count == 1
    }
    if isFirst { Self.registry.withLock { $0[ObjectIdentifier(runtime)] = self } }
  }

  /// Forgets the processes, which nobody asks for any more.
  func forget() {
    let isRegistered = state.withLock { !$0.all.isEmpty }
    if isRegistered { Self.registry.withLock { $0[ObjectIdentifier(runtime)] = nil } }
  }

  /// Notes that the test expects the end of the process, whatever its reason.
  static func expectExit(of pid: PID) {
    let runtime = ObjectIdentifier(pid.core.runtime)
    guard let started = registry.withLock({ $0[runtime] }) else { return }
    started.state.withLock { _ = $0.expected.insert(pid) }
  }

  /// Stops the processes that are left, the last one first. Returns the first crash, in the order of the starts, that
  /// nobody expected.
  nonisolated(nonsending) func stopAll() async -> ExpectationFailure? {
    let (all, expected) = state.withLock { $0 }
    var failure: ExpectationFailure?
    for started in all.reversed() {
      if let found = await stop(started, isExpected: started.mayCrash || expected.contains(started.pid)) {
        failure = found
      }
    }
    forget()
    return failure
  }

  private nonisolated(nonsending) func stop(_ started: Started, isExpected: Bool) async -> ExpectationFailure? {
    let core = started.pid.core
    let title = core.title
    core.askToStop(.shutdown)
    guard let reason = await core.waitForExit(WaitLimit(.seconds(5), in: core.runtime), shielded: true) else {
      let doing = started.pid.doing
      started.pid.exit(.killed)
      return ExpectationFailure(
        "\(title) did not stop within 5 seconds at the end of the test: it is \(doing)", at: started.place)
    }
    if isExpected || reason.isClean { return nil }
    return ExpectationFailure(
      "\(title), which the test started here, ended unexpectedly: \(core.text(of: reason))", at: started.place)
  }
}
