import GenServerKit

/// What one test has started, to be stopped at its end.
final class StartedProcesses: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  private struct Started {
    let pid: PID
    let mayCrash: Bool
    let place: SourcePlace
  }

  private let runtime: Runtime
  private let lock = Lock()
  private var all: [Started] = []
  private var expected: Set<PID> = []

  private static let registryLock = Lock()
  // Under that lock.
  nonisolated(unsafe) private static var registry: [ObjectIdentifier: StartedProcesses] = [:]

  init(in runtime: Runtime) { self.runtime = runtime }

  /// Starts a server in the test's runtime.
  nonisolated(nonsending) func start<Server: GenServer>(
    _ argument: sending Server.Argument, name: ProcessName<Server>?, options: [StartOption], mayCrash: Bool,
    at place: SourcePlace
  ) async throws(StartError) -> ServerRef<Server> {
    // Handed over once, as `sending` says.
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
    let isFirst = lock.withLock {
      all.append(Started(pid: pid, mayCrash: mayCrash, place: place))
      return all.count == 1
    }
    if isFirst { Self.registryLock.withLock { Self.registry[ObjectIdentifier(runtime)] = self } }
  }

  /// Nobody asks for them any more.
  func forget() {
    let isRegistered = lock.withLock { !all.isEmpty }
    if isRegistered { Self.registryLock.withLock { Self.registry[ObjectIdentifier(runtime)] = nil } }
  }

  /// The test counts on the end of the process, whatever its reason.
  static func expectExit(of pid: PID) {
    let runtime = ObjectIdentifier(pid.core.runtime)
    guard let started = registryLock.withLock({ registry[runtime] }) else { return }
    started.lock.withLock { _ = started.expected.insert(pid) }
  }

  /// Stops what is left, the last one first. Returns the first crash, in the order of the starts, that nobody expected.
  nonisolated(nonsending) func stopAll() async -> ExpectationFailure? {
    let (all, expected) = lock.withLock { (self.all, self.expected) }
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
