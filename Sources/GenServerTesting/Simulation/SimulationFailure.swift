/// The seed with which a simulation fails, and how: `simulate(seed:)` with it fails again in the same way.
public struct SimulationFailure: Error {
  public let seed: UInt64

  /// What the body threw, or a `SimulationError`.
  public let underlying: any Error

  /// What happened, a line for each step; shortened as far as the run kept failing.
  public let trace: [String]

  /// How many steps the run took before its trace was shortened.
  public let steps: Int

  /// How many steps the run took after that.
  let shortenedSteps: Int

  /// Who waited for whom when the run failed.
  let lastWaits: [String]

  /// The call that repeats the run.
  let call: String

  /// False if the run did not fail like this when it was repeated.
  let isRepeatable: Bool
}

extension SimulationFailure: CustomStringConvertible {
  private static let shownLines = 80

  /// Whether the error is a deadlock, whose text itself says who waits for whom.
  private var isDeadlock: Bool { if case .deadlock? = underlying as? SimulationError { true } else { false } }

  public var description: String {
    let expectation = ThrownExpectation.place(of: underlying).map { "an expectation at \($0), reported above" }
    var lines = ["simulation with seed \(seed) fails: \(expectation ?? "\(underlying)")"]
    let shown = trace.suffix(Self.shownLines)
    let isShortened = shortenedSteps < steps
    lines.append("after \(steps) steps" + (isShortened ? ", shortened to \(shortenedSteps):" : ":"))
    if shown.count < trace.count { lines.append("  ... \(trace.count - shown.count) lines before") }
    lines += shown.map { "  \($0)" }
    if !lastWaits.isEmpty, !isDeadlock {
      lines.append("and then")
      lines += lastWaits.map { "  \($0)" }
    }
    lines.append(
      isRepeatable
        ? "\(call) shows it again"
        : """
        it did not fail like this when it was run again: something in it does not come from the seed, such as the time of
        day, random numbers of the system, or the order of a set (which SWIFT_DETERMINISTIC_HASHING=1 fixes)
        """)
    return lines.joined(separator: "\n")
  }
}
