/// The seed with which a simulation fails, and how: `simulate(seed:)` with it fails again in the same way.
public struct SimulationFailure: Error {
  public let seed: UInt64

  /// What the body threw, or a `SimulationError`.
  public let underlying: any Error

  /// What happened, a line for each step; shortened where that kept it failing.
  public let trace: [String]

  /// How many steps the run took before its trace was shortened.
  public let steps: Int
}

extension SimulationFailure: CustomStringConvertible {
  private static let shownSteps = 60

  public var description: String {
    var lines = ["simulation with seed \(seed) fails: \(underlying)"]
    let shown = trace.suffix(Self.shownSteps)
    let isShortened = trace.count < steps
    lines.append("after \(steps) steps" + (isShortened ? ", shortened to \(trace.count):" : ":"))
    if shown.count < trace.count { lines.append("  ... \(trace.count - shown.count) steps before") }
    lines += shown.map { "  \($0)" }
    lines.append("simulate(seed: \(seed)) shows it again")
    return lines.joined(separator: "\n")
  }
}
