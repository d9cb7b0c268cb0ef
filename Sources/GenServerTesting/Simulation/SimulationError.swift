/// The reason why a simulation cannot go on, or would show nothing.
@nonexhaustive public enum SimulationError: Error, Equatable, Sendable {
  /// All processes and tasks wait, and no timer is left that could end a wait. There is a line for each process, which
  /// says what it waits for.
  case deadlock(waiting: [String])

  /// Something ran on another thread: a detached or unstructured task, `Task.sleep`, the main actor, a thread of one's
  /// own.
  case leftSimulation([String])

  /// The run did not end within this number of steps.
  case tooManySteps(Int)

  /// `simulate(seeds:)` was given an empty range, and would have shown nothing.
  case noSeeds

  /// `simulate` was called on an actor, usually the main actor, to which the body could belong as well.
  case onActor

  /// The function that the text names, `simulate` or `withTestRuntime`, was called inside a simulation: what it starts
  /// would run elsewhere.
  case insideSimulation(String)
}

extension SimulationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .deadlock(let waiting):
      "deadlock: all wait, and no timer is left" + waiting.map { "\n    \($0)" }.joined()
    case .leftSimulation(let events):
      "something ran outside of the simulation: a detached or unstructured task, Task.sleep, the main actor, or a thread;"
        + " use processes, task groups, `async let` and the runtime's timers instead"
        + events.map { "\n    \($0)" }.joined()
    case .noSeeds: "the range of seeds is empty, so nothing would be tried: write for example 0..<1000"
    case .onActor:
      "simulate was called on an actor, and its body runs on a thread of its own:"
        + " mark the test, or what calls simulate, with @concurrent"
    case .insideSimulation(let function):
      "\(function) inside of a simulation: what it starts would run elsewhere, where the seed decides nothing;"
        + " use the simulation that is there, or call \(function) outside of it"
    case .tooManySteps(let steps):
      "no end after \(steps) steps: something goes on for ever, or the limit is too low for this test"
    }
  }
}
