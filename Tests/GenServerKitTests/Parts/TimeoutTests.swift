import Testing

@testable import GenServerKit

/// A clock that stands.
private final class StoppedTimeSource: TimeSource {
  let instant: Int64

  init(at instant: Int64) { self.instant = instant }

  func now() -> Int64 { instant }
  func wallTime() -> Timestamp { Timestamp(sinceEpoch: .zero) }
  let queue = TimerQueue()
  func wake() {}
}

@Suite("Timeout") struct TimeoutTests {
  private func deadline(of timeout: Timeout, at instant: Int64 = 1000) -> Int64 {
    let runtime = Runtime(timeSource: StoppedTimeSource(at: instant))
    return Ambient.withRuntime(runtime) { timeout.deadline(in: runtime) }
  }

  @Test("All ways to write a time mean the same")
  func units() {
    #expect(Timeout.seconds(2) == .milliseconds(2000))
    #expect(Timeout.seconds(2) == .after(.seconds(2)))
    #expect(Timeout.seconds(2) == .seconds(2.0))
    #expect(Timeout.seconds(0.25) == .milliseconds(250))
    #expect(Timeout.seconds(UInt8(3)) == .seconds(3))
    #expect(Timeout.callDefault == .seconds(5))
    #expect(Timeout.seconds(2) != .seconds(3))
    #expect(Timeout.infinity != .inherited)
    #expect(Set([Timeout.seconds(1), .milliseconds(1000), .infinity]).count == 2)
  }

  @Test("The deadline is so long after now")
  func deadlines() {
    #expect(deadline(of: .after(.nanoseconds(5))) == 1005)
    #expect(deadline(of: .seconds(1)) == 1_000_001_000)
    #expect(deadline(of: .infinity) == .max)
    #expect(deadline(of: .after(.zero)) == 1000)
  }

  @Test("A time below zero counts as zero", arguments: [-1, -1_000_000, Int.min])
  func negative(milliseconds: Int) {
    #expect(deadline(of: .milliseconds(milliseconds)) == 1000)
    #expect(deadline(of: .seconds(milliseconds)) == 1000)
    #expect(deadline(of: .after(.milliseconds(milliseconds))) == 1000)
  }

  @Test("A time that is too long to be counted never ends")
  func saturation() {
    #expect(deadline(of: .seconds(Int.max)) == .max)
    #expect(deadline(of: .seconds(UInt64.max)) == .max)
    #expect(deadline(of: .milliseconds(Int.max)) == .max)
    #expect(deadline(of: .after(.seconds(Int64.max))) == .max)
    #expect(deadline(of: .after(.nanoseconds(Int64.max)), at: 1) == .max)
    #expect(deadline(of: .after(.nanoseconds(Int64.max - 1)), at: 1) == .max)
    #expect(deadline(of: .after(.nanoseconds(Int64.max - 2)), at: 1) == .max - 1)
  }

  @Test("An instant is the deadline itself, also one in the past")
  func until() {
    #expect(deadline(of: .until(ContinuousClock.Instant(nanoseconds: 5000))) == 5000)
    #expect(deadline(of: .until(ContinuousClock.Instant(nanoseconds: 10))) == 10)
    #expect(deadline(of: .until(ContinuousClock.Instant(nanoseconds: -10))) == -10)
    #expect(deadline(of: .until(ContinuousClock.now.advanced(by: .seconds(Int64.max)))) == .max)
  }

  @Test("An instant of one clock is as far away on another")
  func otherClock() {
    let here = Runtime(timeSource: StoppedTimeSource(at: 1_000_000))
    let there = Runtime(timeSource: StoppedTimeSource(at: 50))
    Ambient.withRuntime(here) {
      #expect(Timeout.until(ContinuousClock.Instant(nanoseconds: 1_000_007)).deadline(in: there) == 57)
      #expect(Timeout.until(ContinuousClock.Instant(nanoseconds: 999_000)).deadline(in: there) == 50)
      #expect(Timeout.until(ContinuousClock.now.advanced(by: .seconds(Int64.max))).deadline(in: there) == .max)
      #expect(Timeout.until(ContinuousClock.now.advanced(by: .seconds(Int64.min))).deadline(in: there) <= 50)
    }
  }

  @Test("Outside a call the inherited time is five seconds")
  func inherited() {
    #expect(deadline(of: .inherited) == 5_000_001_000)
  }

  @Test("The text is the time itself")
  func text() {
    #expect(Timeout.seconds(5).description == "5.0 seconds")
    #expect(Timeout.milliseconds(20).description == "\(Duration.milliseconds(20))")
    #expect(Timeout.infinity.description == "infinity")
    #expect(Timeout.inherited.description == "inherited")
    #expect(Timeout.until(.now).description == "until an instant")
  }

  @Test("Seconds that no duration can count do not end the program")
  func hugeSeconds() async {
    await #expect(processExitsWith: .success) {
      guard Timeout.seconds(1e30).nanoseconds == .max else { fatalError("not saturated") }
      guard Timeout.seconds(-1e30).nanoseconds == .min else { fatalError("not saturated") }
      guard Timeout.seconds(Double.infinity).nanoseconds == .max else { fatalError("not saturated") }
    }
  }
}

@Suite("Instant conversion") struct InstantConversionTests {
  @Test("An instant and its nanoseconds lead to each other", arguments: [0, 1, -1, 1_000_000_007, 1 << 60, -(1 << 60)])
  func roundTrip(nanoseconds: Int64) {
    #expect(ContinuousClock.Instant(nanoseconds: nanoseconds).nanoseconds == nanoseconds)
  }

  @Test("Distances stay what they are")
  func distances() {
    let start = ContinuousClock.Instant(nanoseconds: 5)
    #expect(start.duration(to: ContinuousClock.Instant(nanoseconds: 2_000_000_005)) == .seconds(2))
    #expect(start.advanced(by: .milliseconds(-7)).nanoseconds == -6_999_995)
  }

  @Test("The system's clock and the runtime's are the same")
  func systemClock() {
    let runtime = Runtime()
    let before = ContinuousClock.now
    let now = ContinuousClock.Instant(nanoseconds: runtime.now())
    let after = ContinuousClock.now
    // The two clocks were set side by side with two readings, one after the other.
    #expect(before.advanced(by: .milliseconds(-100)) <= now)
    #expect(now <= after.advanced(by: .milliseconds(100)))
  }

  @Test("Nanoseconds that cannot be counted are as many as can be")
  func saturation() {
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    #expect(Duration.nanoseconds(Int64.max).wholeNanoseconds == .max)
    #expect((Duration.nanoseconds(Int64.max) + .nanoseconds(1)).wholeNanoseconds == .max)
    #expect((Duration.nanoseconds(Int64.min) - .nanoseconds(1)).wholeNanoseconds == .min)
    #expect(Duration.nanoseconds(Int64.min).wholeNanoseconds == .min)
    #expect(Duration.milliseconds(-1500).wholeNanoseconds == -1_500_000_000)
    #expect(ContinuousClock.now.advanced(by: .seconds(Int64.max / 2)).nanoseconds == .max)
    #expect(ContinuousClock.now.advanced(by: .seconds(Int64.min / 2)).nanoseconds < -(1 << 61))
  }
}
