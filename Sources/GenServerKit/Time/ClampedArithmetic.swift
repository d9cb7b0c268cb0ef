// Instants and durations come from outside, and none of them may end the program by an overflow: a result that cannot
// be counted becomes the farthest that can.
extension FixedWidthInteger where Self: SignedInteger {
  @inline(__always) package func addingClamped(_ other: Self) -> Self {
    let (sum, overflow) = addingReportingOverflow(other)
    guard overflow else { return sum }
    return other < 0 ? .min : .max
  }

  @inline(__always) package func subtractingClamped(_ other: Self) -> Self {
    let (difference, overflow) = subtractingReportingOverflow(other)
    guard overflow else { return difference }
    return other < 0 ? .max : .min
  }
}

extension Duration {
  func addingClamped(_ other: Duration) -> Duration {
    Duration(attoseconds: attoseconds.addingClamped(other.attoseconds))
  }

  func subtractingClamped(_ other: Duration) -> Duration {
    Duration(attoseconds: attoseconds.subtractingClamped(other.attoseconds))
  }
}
