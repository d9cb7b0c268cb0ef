private import GenServerKitC

/// Runs the processes that no caller runs. This is the place where a simulation takes over.
package protocol Scheduler: AnyObject, Sendable {
  /// Runs the process soon; its run right goes with it. Called by `ProcessCore.submit`, which asks the thread's worker
  /// first.
  func submit(_ process: ProcessCore)

  /// The identity of the scheduler's workers, 0 if it has none. A process that is woken on one of these workers goes to
  /// that worker without a question to the scheduler.
  var crewIdentity: UInt { get }

  /// Runs the process after those that are already waiting, because its turn was long enough.
  func submitBehind(_ process: ProcessCore)

  /// Why no process can run, if the system has given no thread for that. Each call asks the system again.
  func threadShortage() -> ThreadShortage?

  /// Continues a task that waited for an answer.
  func resume(_ continuation: UnsafeContinuation<Void, Never>)

  /// The executor that activations prefer. Nil outside a simulation: a preference costs at every hop of a handler.
  var activationExecutor: (any TaskExecutor)? { get }

  /// Whether `allowsLending` is asked before each call that might be lent. If not, the processes decide by themselves,
  /// and a call does not ask the scheduler.
  var decidesLending: Bool { get }

  /// Whether a caller may run the process itself, which is idle, if nobody has taken it meanwhile.
  func allowsLending(to process: ProcessCore) -> Bool

  /// Whether everything must depend on the scheduler's decisions alone: then pids are given out in order, what is known
  /// about a server type is learned anew, and the scheduler is asked how long turns are and told of activations.
  var isSimulation: Bool { get }

  /// How many messages a process may handle in the turn that begins.
  func messagesInTurn(of process: ProcessCore) -> Int

  /// Called when the task of that identity becomes the process.
  func activationBegan(of process: ProcessCore, task: UInt)

  /// Whether `tell` is called; asked once.
  var isTold: Bool { get }

  /// Tells the scheduler of an event that is no decision. It must change nothing.
  func tell(_ event: ProcessEvent, of process: ProcessCore)
}

extension Scheduler {
  /// Asks the language's runtime directly. The continuation's own function would first read the memory of the waiting
  /// task, and the thread sanitizer, which does not see how the runtime orders that, would report it in the tests of
  /// everybody who uses this library.
  package func resume(_ continuation: UnsafeContinuation<Void, Never>) {
    gs_continuation_resume(unsafeBitCast(continuation, to: UnsafeMutableRawPointer.self))
  }

  package var crewIdentity: UInt { 0 }
  package func threadShortage() -> ThreadShortage? { nil }
  package var activationExecutor: (any TaskExecutor)? { nil }
  package var decidesLending: Bool { false }
  package func allowsLending(to process: ProcessCore) -> Bool { true }
  package var isSimulation: Bool { false }
  package func messagesInTurn(of process: ProcessCore) -> Int { ProcessCore.messagesPerTurn }
  package func activationBegan(of process: ProcessCore, task: UInt) {}
  package var isTold: Bool { false }
  package func tell(_ event: ProcessEvent, of process: ProcessCore) {}
}
