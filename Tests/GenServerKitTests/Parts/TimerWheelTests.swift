import Testing

@testable import GenServerKit

private final class WheelEntry: TimerEntry, @unchecked Sendable {
  // Unchecked: touched by one test alone.
  var timerPosition = -1
  let number: Int

  init(_ number: Int) { self.number = number }

  func timerFired() {}
}

@Suite("Timer wheel")
struct TimerWheelTests {
  /// Random entries, near and far, moved and taken out, against a sorted list of what is in.
  @Test("Entries come out in their order, none early and none lost", arguments: 0..<20 as Range<UInt64>)
  func model(_ seed: UInt64) {
    let random = SeededRandomSource(seed: seed)
    func draw(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    var wheel = TimerWheel()
    var model: [(instant: Int64, sequence: Int, entry: WheelEntry)] = []
    var now: Int64 = 1_000_000_000_000 + Int64(draw(1 << 40))
    var sequence = 0
    for _ in 0..<3000 {
      switch draw(10) {
      case 0..<6:
        let isMoved = !model.isEmpty && draw(5) == 0
        let entry = isMoved ? model[draw(model.count)].entry : WheelEntry(sequence)
        model.removeAll { $0.entry === entry }
        // From a nanosecond to a year, and some in the past.
        let delay = Int64(draw(1 << (1 + draw(55)))) - Int64(draw(3) == 0 ? 1000 : 0)
        let wake = wheel.insert(entry, at: now + delay)
        #expect(wake <= now + delay)
        model.append((now + delay, sequence, entry))
        sequence += 1
      case 6..<8:
        guard !model.isEmpty else { continue }
        let index = draw(model.count)
        let entry = model.remove(at: index).entry
        let removals = (wheel.remove(entry), wheel.remove(entry))
        #expect(removals == (true, false))
        #expect(entry.timerPosition == -1)
      default:
        now += Int64(draw(1 << (1 + draw(45))))
        while true {
          let first = model.min { ($0.instant, $0.sequence) < ($1.instant, $1.sequence) }
          guard let entry = wheel.popFirst(until: now) else {
            #expect(first.map { $0.instant > now } ?? true)
            break
          }
          #expect(entry === first?.entry)
          #expect(entry.timerPosition == -1)
          model.removeAll { $0.entry === entry }
        }
      }
      #expect(wheel.count == model.count)
      let earliest = model.map(\.instant).min()
      #expect((wheel.earliest == nil) == (earliest == nil))
      if let earliest, let look = wheel.earliest { #expect(look <= earliest) }
    }
  }

  @Test(
    "Whoever looks whenever it says gets each entry at its time, in few looks", arguments: [1, 40, 65, 5000, 300_000])
  func looks(milliseconds: Int64) {
    var wheel = TimerWheel()
    var now: Int64 = 123_456_789_012_345
    _ = wheel.popFirst(until: now)
    let due = now + milliseconds * 1_000_000
    let entry = WheelEntry(0)
    wheel.insert(entry, at: due)
    var looks = 0
    while let next = wheel.earliest {
      now = max(now, next)
      looks += 1
      if let fired = wheel.popFirst(until: now) {
        #expect(fired === entry)
        #expect(now == due)
      }
    }
    #expect(looks <= 9)
  }

  @Test("The end of time is an instant like others")
  func extremes() {
    var wheel = TimerWheel()
    let entries = [Int64.max, .max - 1, 0, -5, .min].map { instant in
      let entry = WheelEntry(0)
      wheel.insert(entry, at: instant)
      return entry
    }
    func next(_ instant: Int64) -> Int? {
      let entry = wheel.popFirst(until: instant)
      return entries.firstIndex { $0 === entry }
    }
    #expect([next(0), next(0), next(0), next(0), next(.max - 2)] == [4, 3, 2, nil, nil])
    #expect([next(.max), next(.max), next(.max)] == [1, 0, nil])
    #expect(wheel.earliest == nil)
  }
}
