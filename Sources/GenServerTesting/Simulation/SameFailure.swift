import GenServerKit

/// Whether two runs have failed in the same way, as far as their errors tell.
func isSameFailure(_ one: any Error, as other: any Error) -> Bool {
  switch (one as? SimulationError, other as? SimulationError) {
  case (nil, nil): break
  case (.deadlock?, .deadlock?), (.leftSimulation?, .leftSimulation?), (.tooManySteps?, .tooManySteps?): return true
  case (let one?, let other?): return one == other
  default: return false
  }
  if let one = one as? CallError, let other = other as? CallError { return one == other }
  if let one = one as? ExpectationFailure, let other = other as? ExpectationFailure {
    return "\(one.fileID)" == "\(other.fileID)" && one.line == other.line && one.column == other.column
  }
  guard type(of: one) == type(of: other) else { return false }
  return ThrownExpectation.place(of: one) == ThrownExpectation.place(of: other)
    && caseName(of: one) == caseName(of: other)
}

/// The name of an enum's case; the associated values may differ from run to run.
private func caseName(of error: any Error) -> String? {
  let mirror = Mirror(reflecting: error)
  guard mirror.displayStyle == .enum else { return nil }
  return mirror.children.first?.label ?? "\(error)"
}

/// The error that `#require` of Swift Testing throws, recognised by its properties: this module does not depend on that
/// library, so that it serves other tests as well.
enum ThrownExpectation {
  /// Where the expectation stands; nil for any other error.
  static func place(of error: any Error) -> String? {
    Mirror(reflecting: error).descendant("expectation", "sourceLocation").map { "\($0)" }
  }
}
