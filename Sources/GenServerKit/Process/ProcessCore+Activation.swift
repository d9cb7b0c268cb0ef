private import GenServerKitC

extension ProcessCore {
  /// Runs the process in a task of its own, which begins on this thread. A task that never suspends is over when this
  /// returns; any other keeps the run right, and goes on wherever it resumes.
  ///
  /// Only where the optimizer inlines `immediateDetached` into its caller does it see that no executor is preferred;
  /// elsewhere each task pays for a preference that is nil. That is why the throwing overload is called once, here and
  /// not in the user's module, with a literal closure that captures the process alone, in a loop of one turn: in this
  /// shape the optimizer does inline it. The variant with an executor is the other overload. `scripts/check-activation`
  /// looks for the symbol that would show that it was not inlined.
  @usableFromInline @inline(never) final func activate() {
    let previous = gs_thread_swap_current(nil)
    gs_thread_self().pointee.activations += 1
    let activation = activationUnretained ?? Unmanaged.passUnretained(makeActivation())
    let number = activation._withUnsafeGuaranteedRef { $0.begin() }
    let isTimed = isEarning
    let ticket = isWatched ? watchRun() : nil
    if let executor = runtime.activationExecutor {
      let task = Task.immediateDetached(executorPreference: executor) { [self] () async -> Void in
        await Ambient.$identity.withValue(identityInTask()) {
          bindIdentity()
          await kind.activate(self)
        }
      }
      if isStarting(number) { keep(.preferring(task), number) }
    } else {
      var turns = gs_opaque_one()
      while turns > 0 {
        turns -= 1
        let task = Task.immediateDetached { [self] () async throws -> Void in
          await Ambient.$identity.withValue(identityInTask()) {
            bindIdentity()
            await kind.activate(self)
          }
        }
        if isStarting(number) { keep(.ordinary(task), number) }
      }
    }
    if let ticket { endWatchedRun(ticket) }
    if isTimed { activation._withUnsafeGuaranteedRef { $0.leftThread(at: clock()) } }
    gs_thread_self().pointee.activations -= 1
    _ = gs_thread_swap_current(previous)
  }

  /// Makes the running task the process, which has no task of its own. Returns the activation's number.
  final func beginAsTask() -> UInt64 { makeActivation().begin() }

  /// Called inside the task that `beginAsTask` has made the process.
  final func enterTask() {
    _ = activationUnretained?._withUnsafeGuaranteedRef { $0.enter(task: gs_task_current()) }
    bindIdentity()
  }

  /// Whether another activation may begin on top of those that began on this thread: the stack is not endless.
  @usableFromInline final var canActivateHere: Bool { gs_thread_self().pointee.activations < 16 }

  /// The activation's own task takes on the identity of the process.
  private final func identityInTask() -> Ambient.Identity? {
    guard let activation = activationUnretained else { return nil }
    let task = gs_task_current()
    let number = activation._withUnsafeGuaranteedRef { $0.enter(task: task) }
    if runtime.isSimulation { runtime.scheduler.activationBegan(of: self, task: task) }
    return Ambient.Identity(process: self, activation: number)
  }

  /// Whether the activation of that number has neither ended nor had its handle kept.
  private final func isStarting(_ number: UInt64) -> Bool {
    activationUnretained?._withUnsafeGuaranteedRef { $0.isStarting(number) } ?? false
  }

  /// Keeps the handle of an activation that has suspended, for an exit signal to cancel.
  @inline(never) private final func keep(_ task: Activation.Handle, _ number: UInt64) {
    let now = runtime.now()
    // An activation whose process has ended keeps no handle.
    let kept = lock.withLock { !isClosed && activation?.keep(task, number: number, at: now) == true }
    if kept, isExiting { task.cancel() }
  }

  /// Called by the activation's own task, before each handler.
  @usableFromInline final func begins(_ handler: HandlerCode, before left: Int) {
    activationUnretained?._withUnsafeGuaranteedRef { $0.begins(handler, before: left, in: runtime) }
  }

  /// Called by the activation's own task, before it lets go of the run right.
  @usableFromInline final func endActivation() {
    guard activationUnretained?._withUnsafeGuaranteedRef({ $0.end() }) == true else { return }
    dropTask()
  }

  @inline(never) private final func dropTask() {
    let task = lock.withLock {
      let task = activation?.task
      activation?.task = nil
      return task
    }
    withExtendedLifetime(task) {}
  }

  /// How long the handler of a call that began at `start` held the thread on which it began: so long would a caller
  /// wait that lends its thread.
  @usableFromInline final func heldThread(since start: Int64) -> Int64 {
    if let left = activation?.leftThreadAt, left >= start { return left - start }
    return clock() - start
  }
}
