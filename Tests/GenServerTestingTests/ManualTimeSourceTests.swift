import GenServerKit
import GenServerTesting
import Testing

private final class ManualEntry: TimerEntry, @unchecked Sendable {
  // Unchecked: each test touches its entries in one task.
  var timerPosition = -1
  var firings = 0

  func timerFired() { firings += 1 }
}

@Suite("Manual time source") struct ManualTimeSourceTests {
  @Test("An entry that is cancelled was armed, once")
  func cancel() {
    let source = ManualTimeSource()
    let entry = ManualEntry()
    #expect(!source.cancel(entry))
    source.arm(entry, at: source.now() + 10)
    source.arm(entry, at: source.now() + 20)
    #expect(source.cancel(entry))
    #expect(!source.cancel(entry))
    #expect(entry.firings == 0)
  }

  @Test("An entry whose instant has passed fires at once, as with the system's time")
  func past() {
    let source = ManualTimeSource()
    let now = ManualEntry()
    let past = ManualEntry()
    source.arm(now, at: source.now())
    source.arm(past, at: source.now() - 10)
    #expect(now.firings == 1)
    #expect(past.firings == 1)
  }

  @Test("Wall time and time go together")
  func wallTime() {
    let source = ManualTimeSource()
    #expect(source.wallTime().description == "2001-01-01T00:00:00.000Z")
    #expect(source.now() > 0)
  }
}
