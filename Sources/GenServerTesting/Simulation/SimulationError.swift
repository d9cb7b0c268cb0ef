/// Why a simulation cannot go on, or means nothing.
@nonexhaustive public enum SimulationError: Error, Equatable, Sendable {
  /// All wait, and no timer is left that could end it; with a line for each process, which says for whom it waits.
  case deadlock(waiting: [String])

  /// Something ran on another thread: a detached or unstructured task, `Task.sleep`, the main actor, a thread of one's own.
  case leftSimulation([String])

  /// No end after so many steps.
  case tooManySteps(Int)

  /// `simulate(seeds:)` was given an empty range: it would have shown nothing.
  case noSeeds

  /// `simulate` was called on an actor, mostly the main actor, to which the body could belong as well.
  case onActor

  /// `simulate` or `withTestRuntime`, as the text says, inside of a simulation: what it starts would run elsewhere.
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
