import Foundation
import GenServerKit
import Testing

@Suite("Timestamp") struct TimestampTests {
  @Test(
    "The text is the date and time in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (978_307_200_000, "2001-01-01T00:00:00.000Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"),
      (951_868_799_999, "2000-02-29T23:59:59.999Z"),
      (951_868_800_000, "2000-03-01T00:00:00.000Z"),
      (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
      (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
      (1_740_787_199_000, "2025-02-28T23:59:59.000Z"),
      (1_740_787_200_000, "2025-03-01T00:00:00.000Z"),
      (1_767_225_599_001, "2025-12-31T23:59:59.001Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
      (4_107_542_399_000, "2100-02-28T23:59:59.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (-1000, "1969-12-31T23:59:59.000Z"),
      (-86_400_000, "1969-12-31T00:00:00.000Z"),
      (-86_400_001, "1969-12-30T23:59:59.999Z"),
      (-58_060_800_000, "1968-02-29T00:00:00.000Z"),
      (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
      (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
      (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    ])
  func text(milliseconds: Int, text: String) {
    #expect(Timestamp(sinceEpoch: .milliseconds(milliseconds)).description == text)
  }

  @Test("The text agrees with Foundation's on many days")
  func againstFoundation() {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    // From 1600 to 2400, with a step that meets every day of the year and every hour.
    for seconds in stride(from: -11_676_096_000, to: 13_569_465_600, by: 1_000_003 * 7) {
      let ours = Timestamp(sinceEpoch: .seconds(seconds)).description
      #expect(ours == formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }
  }

  @Test("Differences are durations, and durations move it")
  func arithmetic() {
    let start = Timestamp(sinceEpoch: .seconds(100))
    let later = start + .milliseconds(1500)
    #expect(later.sinceEpoch == .milliseconds(101_500))
    #expect(later - start == .milliseconds(1500))
    #expect(start - later == .milliseconds(-1500))
    #expect(later - .milliseconds(1500) == start)
    #expect(start.advanced(by: .seconds(-200)).sinceEpoch == .seconds(-100))
    #expect(start.duration(to: later) == .milliseconds(1500))
    #expect(start < later)
    #expect(!(later < start))
    #expect(max(start, later) == later)
    #expect(Set([start, later, start]).count == 2)
  }

  @Test("It can be stored and read back")
  func codable() throws {
    let stamps = [Timestamp(sinceEpoch: .nanoseconds(1_700_000_000_123_456_789)), Timestamp(sinceEpoch: .seconds(-5))]
    let data = try JSONEncoder().encode(stamps)
    #expect(try JSONDecoder().decode([Timestamp].self, from: data) == stamps)
  }
}
