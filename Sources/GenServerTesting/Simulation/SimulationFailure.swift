/// The seed with which a simulation fails, and how: `simulate(seed:)` with it fails again in the same way.
public struct SimulationFailure: Error {
  public let seed: UInt64

  /// What the body threw, or a `SimulationError`.
  public let underlying: any Error

  /// What happened, a line for each step; shortened where that kept it failing.
  public let trace: [String]

  /// How many steps the run took before its trace was shortened.
  public let steps: Int

  /// How many it took after that.
  let shortenedSteps: Int
}

extension SimulationFailure: CustomStringConvertible {
  private static let shownLines = 80

  public var description: String {
    var lines = ["simulation with seed \(seed) fails: \(underlying)"]
    let shown = trace.suffix(Self.shownLines)
    let isShortened = shortenedSteps < steps
    lines.append("after \(steps) steps" + (isShortened ? ", shortened to \(shortenedSteps):" : ":"))
    if shown.count < trace.count { lines.append("  ... \(trace.count - shown.count) lines before") }
    lines += shown.map { "  \($0)" }
    lines.append("simulate(seed: \(seed)) shows it again")
    return lines.joined(separator: "\n")
  }
}
