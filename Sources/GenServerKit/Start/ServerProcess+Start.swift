private import GenServerKitC
public import Synchronization

// The start of a server: it takes its name and its place in the table, runs `initialize`, and answers the starter.
extension ServerProcess {
  @inlinable nonisolated(nonsending) static func start(
    _ argument: sending Server.Argument, name: ProcessName<Server>?, timeout: Timeout, options: [StartOption],
    tie: StartTie? = nil
  ) async -> Result<ServerProcess<Server>, StartError> {
    // The argument goes to the plain `initialize`, whose default hands it back untouched, or to the async one, never to
    // both.
    nonisolated(unsafe) let argument = argument
    let process: ServerProcess<Server>
    switch register(name: name, options, tie) {
    case .success(let registered): process = registered
    case .failure(let error): return .failure(error)
    }
    let mode = process.kind.initialize.load(ordering: .relaxed)
    guard startsOnThisThread(timeout) else { return await process.startElsewhere(argument, timeout, here: false) }
    if mode != HandlerMode.async, let result = process.initializeOnThread(argument) {
      if let failure = result { return .failure(failure.error) }
      process.open()
      return .success(process)
    }
    return await process.startElsewhere(argument, timeout, here: true)
  }

  /// Whether `initialize` may run on the starter's thread: with a timeout the starter must be able to leave, and the
  /// main thread must not run what may take long.
  @usableFromInline static func startsOnThisThread(_ timeout: Timeout) -> Bool {
    timeout.kind == .infinity && !gs_thread_is_main()
  }

  @inlinable static func register(
    name: ProcessName<Server>?, _ options: [StartOption], _ tie: StartTie?
  ) -> Result<ServerProcess<Server>, StartError> {
    switch StartPermit.checked(name?.address, options, tie, Server.self) {
    case .failure(let error): return .failure(error)
    case .success(let permit):
      let process = ServerProcess<Server>(permit)
      if let error = process.enter(as: permit.name, startedBy: permit.starter) { return .failure(error) }
      // Only the end of a process lets go of its idle timer, so the timer is made for a process that can end.
      if permit.runtime.isTold { process.makeIdleTimer() }
      tie?.bind(process)
      if let interval = permit.options.hibernateAfter { process.watchIdleness(every: interval) }
      return .success(process)
    }
  }

  /// Runs the plain `initialize` on this thread. Nil if it is async.
  @inlinable func initializeOnThread(_ argument: Server.Argument) -> StartFailure?? {
    // The parent has ended already.
    if isExiting { return .some(endStart(.killed)) }
    nonisolated(unsafe) let argument = argument
    let previous = enterThread()
    defer { leaveThread(previous) }
    do {
      let initial = try Server.initialize(argument, context: ServerContext(self))
      if case .notHere = initial.choice {
        kind.initialize.store(HandlerMode.async, ordering: .relaxed)
        return nil
      }
      return .some(initialized(consume initial))
    } catch {
      return .some(failed(error))
    }
  }

  /// Runs `initialize` where the starter can leave it: in an activation, or by the scheduler.
  @inlinable nonisolated(nonsending) func startElsewhere(
    _ argument: Server.Argument, _ timeout: Timeout, here: Bool
  ) async -> Result<ServerProcess<Server>, StartError> {
    // The starter waits, and hands the argument to the process alone.
    nonisolated(unsafe) let argument = argument
    let starter = makeStarter()
    duty = .initialize(argument, starter)
    if here, canActivateHere { activate() } else { submit() }
    if let error = await started(starter, timeout) { return .failure(error) }
    return .success(self)
  }

  /// Runs `initialize` in an activation. Returns false if the process has ended.
  @inlinable nonisolated(nonsending) func initialize(_ argument: Server.Argument, _ starter: Waiter) async -> Bool {
    nonisolated(unsafe) let argument = argument
    var failure: StartFailure?
    if isExiting {
      // The starter has given up before this began.
      failure = endStart(.killed)
    } else if kind.initialize.load(ordering: .relaxed) != HandlerMode.async, let result = initializeOnThread(argument) {
      failure = result
    } else {
      do {
        failure = initialized(try await Server.initialize(argument, context: ServerContext(self)))
      } catch {
        failure = failed(error)
      }
    }
    if failure != nil { endActivation() }
    answerStart(starter, failure)
    return failure == nil
  }

  /// Acts on what `initialize` has returned. A failure means that the process has ended.
  @inlinable func initialized(_ initial: consuming InitialStep<Server>) -> StartFailure? {
    switch moveIn(consume initial) {
    case .runs(let action):
      if isExiting { return endStart(.killed) }
      if let action { perform(action) }
      return nil
    case .ignored:
      let failure = endStart(.normal)
      return isExiting ? failure : .ignored
    case .failed(let reason):
      return endStart(.normal, shown: reason)
    case .stopped(let reason):
      logFailedStart(reason)
      return endStart(reason)
    case .isNotHere:
      return endStart(.normal)
    }
  }

  /// The rest of an `InitialStep` when the state is in its place.
  @usableFromInline enum Initialized {
    case runs(ServerAction<Server>?)
    case ignored
    case failed(ExitReason)
    case stopped(ExitReason)
    case isNotHere
  }

  /// Moves the state into its place. It is a function of its own so that no copy of the state is left behind, which
  /// would outlive a process that ends at once.
  @inlinable func moveIn(_ initial: consuming InitialStep<Server>) -> Initialized {
    switch initial.choice {
    case .ok(let state, let action):
      server = state
      return .runs(action)
    case .ignore: return .ignored
    case .error(let reason): return .failed(reason)
    case .stop(let reason): return .stopped(reason)
    case .notHere: return .isNotHere
    }
  }

  /// Lets go of the run right that the process was born with.
  @inlinable func open() {
    if step != nil || !release() { submit() }
  }

  @usableFromInline func failed(_ error: any Error) -> StartFailure {
    let reason = ExitReason(thrown: error)
    if !isExiting { logFailedStart(reason) }
    return endStart(reason)
  }

  /// Ends a process whose start has failed.
  @usableFromInline func endStart(_ reason: ExitReason, shown: ExitReason? = nil) -> StartFailure {
    let final = finalReason(reason)
    leaveParent()
    die(reason)
    return .failed(ShownStatus.reason(isExiting ? final : shown ?? final, by: Server.self))
  }
}

/// The checked name, options and runtime of a start.
@usableFromInline struct StartPermit {
  @usableFromInline let name: NamedAddress?
  @usableFromInline let options: ProcessOptions
  @usableFromInline let runtime: Runtime
  /// The process that starts; nil outside any.
  @usableFromInline let starter: ProcessCore?

  @usableFromInline static func checked(
    _ name: NamedAddress?, _ options: [StartOption], _ tie: StartTie?, _ type: any GenServer.Type
  ) -> Result<StartPermit, StartError> {
    if gs_task_is_cancelled() { return .failure(.cancelled) }
    let (runtime, starter) = tie?.surroundings ?? Runtime.surroundings
    if let shortage = runtime.threadShortage { return .failure(.failed(.failure(shortage))) }
    if let node = name?.node, node != runtime.node { return .failure(.notOnThisNode(node)) }
    if let name, name.isEmpty {
      return .failure(.invalidOption("a process name must not be empty; leave it out for none"))
    }
    do throws(StartError) {
      var options = try ProcessOptions(options)
      if let faults = runtime.faults?.take(ObjectIdentifier(type)) {
        if let reason = faults.takeStartFailure() { return .failure(.failed(ShownStatus.reason(reason, by: type))) }
        options.inject(faults)
      }
      return .success(StartPermit(name: name, options: options, runtime: runtime, starter: starter))
    } catch {
      return .failure(error)
    }
  }
}

extension ProcessCore {
  /// Takes the place in the table and the name. Where either is refused, the process has never existed.
  @usableFromInline final func enter(
    as name: NamedAddress? = nil, startedBy starter: ProcessCore? = nil, by timer: OwnedTimer? = nil
  ) -> StartError? {
    if let starter { descend(from: starter) }
    guard runtime.withTable({ $0.insert(self, setsNumber: true, startedBy: timer) }) != nil else {
      return .failed(.shutdown)
    }
    tell(.starts)
    guard let name else { return nil }
    do throws(NameError) {
      try register(name)
      return nil
    } catch {
      // Somebody may have seen the process in the table, and must not wait for it for ever.
      die(.normal)
      return StartError(error, for: name)
    }
  }

  /// Makes the waiter of the starting task; a call from `initialize` to the starting process would close a circle.
  @usableFromInline final func makeStarter() -> Waiter {
    let starter = Waiter(on: self, caller: ProcessCore.ambient, waitsAsProcess: ProcessCore.ownProcess != nil)
    _ = WaitGraph.shared.mark(starter)
    return starter
  }

  @usableFromInline nonisolated(nonsending) final func started(_ starter: Waiter, _ timeout: Timeout) async
    -> StartError?
  {
    let outcome = await starter.wait(until: timeout.deadline(in: runtime))
    WaitGraph.shared.unmark(starter)
    switch outcome {
    case .started(let failure): return failure?.error
    case .failed(.cancelled):
      await abandonStart()
      return .cancelled
    default:
      await abandonStart()
      return .timeout
    }
  }

  /// Nobody wants the process any more: its name is free at once, and it ends when `initialize` returns.
  ///
  /// An `initialize` that heeds cancellation gets time to return, so that what it held is free as well when the start
  /// throws: ten milliseconds, and on a busy machine the turns that the executor needs to reach its continuation.
  private nonisolated(nonsending) final func abandonStart() async {
    leaveParent()
    signalExit(.killed)
    // The process still has the names on its list: if it ends meanwhile, it frees them itself before anyone hears of
    // its end.
    release(lock.withLock { heldNamesUnderLock() })
    let begin = runtime.monotonicNow()
    var rounds = 0
    while isAlive, rounds < 100 || !runtime.isSimulation && runtime.monotonicNow() - begin < 10_000_000 {
      await Task.yield()
      rounds += 1
    }
  }

  @usableFromInline final func answerStart(_ starter: Waiter, _ failure: StartFailure?) {
    starter.resolve(.started(failure))
  }
}
