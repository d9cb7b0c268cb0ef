/// What came of a tour.
public struct Summary: Sendable, CustomStringConvertible {
  public let examples: Int
  public let steps: Int

  /// The ids of the examples that failed.
  public let failures: [String]

  public var description: String {
    let counts = "\(examples) \(examples == 1 ? "example" : "examples"), \(steps) \(steps == 1 ? "step" : "steps")"
    return failures.isEmpty ? counts : "\(counts), \(failures.count) failed: \(failures.joined(separator: ", "))"
  }
}
