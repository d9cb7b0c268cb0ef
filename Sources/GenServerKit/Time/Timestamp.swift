/// A point in wall-clock time, as the runtime's clock tells it.
///
/// ```swift
/// let session = Session(createdAt: context.wallTime)
/// let age = context.wallTime - session.createdAt
/// ```
///
/// Differences are durations; a difference that is longer than a duration can hold becomes the longest one. Wall time
/// can jump when the system's clock is set: use `context.now` to measure.
public struct Timestamp: InstantProtocol, Codable, CustomStringConvertible {
  /// The time since the beginning of 1970, UTC.
  public var sinceEpoch: Duration

  public init(sinceEpoch: Duration) { self.sinceEpoch = sinceEpoch }

  public func advanced(by duration: Duration) -> Self { Self(sinceEpoch: sinceEpoch.addingClamped(duration)) }
  public func duration(to other: Self) -> Duration { other.sinceEpoch.subtractingClamped(sinceEpoch) }

  public static func < (a: Self, b: Self) -> Bool { a.sinceEpoch < b.sinceEpoch }
  public static func + (a: Self, b: Duration) -> Self { a.advanced(by: b) }
  public static func - (a: Self, b: Duration) -> Self { Self(sinceEpoch: a.sinceEpoch.subtractingClamped(b)) }
  public static func - (a: Self, b: Self) -> Duration { b.duration(to: a) }

  /// ISO 8601, in UTC, to the millisecond. A year before the first or after 9999 has a sign, as the standard asks for.
  public var description: String {
    // The division is done in attoseconds, as there are more seconds in a duration than its components can count.
    let (milliseconds, _) = Self.divided(sinceEpoch.attoseconds, by: 1_000_000_000_000_000)
    let (days, timeOfDay) = Self.divided(milliseconds, by: 86_400_000)
    let date = Self.civilDate(daysSinceEpoch: Int64(clamping: days))
    let time = Int64(timeOfDay)
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number.magnitude)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let sign = date.year < 0 ? "-" : date.year > 9999 ? "+" : ""
    return "\(sign)\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
      + "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
      + ".\(padded(time % 1000, 3))Z"
  }

  /// Divides, rounding down, so that the remainder is never negative.
  private static func divided(_ number: Int128, by divisor: Int128) -> (quotient: Int128, remainder: Int128) {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// The Gregorian date, counted in eras of 400 years that begin on the first of March.
  private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    )
  }
}
