/// A point in wall-clock time, as the runtime's clock tells it.
///
/// ```swift
/// let session = Session(createdAt: context.wallTime)
/// let age = context.wallTime - session.createdAt
/// ```
///
/// Differences are durations. Wall time can jump when the system's clock is set: use `context.now` to measure.
public struct Timestamp: InstantProtocol, Codable, CustomStringConvertible {
  /// The time since the beginning of 1970, UTC.
  public var sinceEpoch: Duration

  public init(sinceEpoch: Duration) { self.sinceEpoch = sinceEpoch }

  public func advanced(by duration: Duration) -> Self { Self(sinceEpoch: sinceEpoch + duration) }
  public func duration(to other: Self) -> Duration { other.sinceEpoch - sinceEpoch }

  public static func < (a: Self, b: Self) -> Bool { a.sinceEpoch < b.sinceEpoch }
  public static func + (a: Self, b: Duration) -> Self { a.advanced(by: b) }
  public static func - (a: Self, b: Duration) -> Self { Self(sinceEpoch: a.sinceEpoch - b) }
  public static func - (a: Self, b: Self) -> Duration { a.sinceEpoch - b.sinceEpoch }

  /// ISO 8601, in UTC, to the millisecond.
  public var description: String {
    let (wholeSeconds, attoseconds) = sinceEpoch.components
    var seconds = wholeSeconds
    var milliseconds = attoseconds / 1_000_000_000_000_000
    if milliseconds < 0 {
      milliseconds += 1000
      seconds -= 1
    }
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let time = seconds - day * 86_400
    let date = Self.civilDate(daysSinceEpoch: day)
    func padded(_ number: Int64, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
      + "T\(padded(time / 3600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2)).\(padded(milliseconds, 3))Z"
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
