import GenServerKit
import Testing

private final class HeapEntry: TimerEntry, @unchecked Sendable {
  // Unchecked: each test touches its entries in one task.
  let name: Int
  var timerPosition = -1

  init(_ name: Int) { self.name = name }

  func timerFired() {}
}

extension TimerHeap {
  /// The names of what is due, in the order in which it comes out.
  fileprivate mutating func names(until instant: Int64) -> [Int] {
    var names: [Int] = []
    while let entry = popFirst(until: instant) as? HeapEntry { names.append(entry.name) }
    return names
  }
}

@Suite("Timer heap") struct TimerHeapTests {
  @Test("Entries come out by their instants, whatever the order in which they were armed")
  func order() {
    var heap = TimerHeap()
    for name in [5, 1, 4, 2, 3] { heap.insert(HeapEntry(name), at: Int64(name * 10)) }
    #expect(heap.count == 5)
    #expect(heap.earliest == 10)
    #expect(heap.names(until: 100) == [1, 2, 3, 4, 5])
    #expect(heap.count == 0)
    #expect(heap.earliest == nil)
  }

  @Test("Equal instants come out in the order in which they were armed")
  func equalInstants() {
    var heap = TimerHeap()
    for name in 0..<100 { heap.insert(HeapEntry(name), at: 7) }
    #expect(heap.names(until: 7) == Array(0..<100))
  }

  @Test("What is not due yet stays")
  func notDue() {
    var heap = TimerHeap()
    for name in 1...4 { heap.insert(HeapEntry(name), at: Int64(name * 10)) }
    #expect(heap.popFirst(until: 9) == nil)
    #expect(heap.names(until: 20) == [1, 2])
    #expect(heap.names(until: 39) == [3])
    #expect(heap.count == 1)
    #expect(heap.earliest == 40)
  }

  @Test("An entry that is armed again moves, and then counts as armed last")
  func rearm() {
    var heap = TimerHeap()
    let entries = (0..<3).map { HeapEntry($0) }
    for entry in entries { heap.insert(entry, at: 10) }
    heap.insert(entries[0], at: 10)
    heap.insert(entries[2], at: 5)
    #expect(heap.count == 3)
    #expect(heap.names(until: 10) == [2, 1, 0])
  }

  @Test("A removed entry does not come out, and can be armed anew")
  func remove() {
    var heap = TimerHeap()
    let entries = (0..<3).map { HeapEntry($0) }
    for entry in entries { heap.insert(entry, at: Int64(entry.name)) }
    #expect(heap.remove(entries[1]) == true)
    #expect(heap.remove(entries[1]) == false)
    #expect(entries[1].timerPosition == -1)
    #expect(heap.names(until: 10) == [0, 2])
    #expect(heap.remove(entries[0]) == false)
    heap.insert(entries[1], at: 3)
    #expect(heap.names(until: 10) == [1])
  }

  @Test("Instants at the ends of the number range keep their order")
  func extremes() {
    var heap = TimerHeap()
    heap.insert(HeapEntry(3), at: .max)
    heap.insert(HeapEntry(1), at: .min)
    heap.insert(HeapEntry(2), at: 0)
    #expect(heap.names(until: .max) == [1, 2, 3])
  }

  @Test("Random operations agree with a sorted list", arguments: 1...8)
  func againstModel(seed: UInt64) {
    struct Armed {
      let instant: Int64
      let sequence: Int
      let name: Int
    }
    var random = PartsRandom(seed: seed)
    var heap = TimerHeap()
    let entries = (0..<60).map { HeapEntry($0) }
    var model: [Armed] = []
    for sequence in 0..<5000 {
      let entry = entries.randomElement(using: &random)!
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<6:
        let instant = Int64.random(in: 0..<40, using: &random)
        heap.insert(entry, at: instant)
        model.removeAll { $0.name == entry.name }
        model.append(Armed(instant: instant, sequence: sequence, name: entry.name))
        model.sort { ($0.instant, $0.sequence) < ($1.instant, $1.sequence) }
      case 6..<8:
        let wasArmed = model.contains { $0.name == entry.name }
        #expect(heap.remove(entry) == wasArmed)
        model.removeAll { $0.name == entry.name }
      default:
        let instant = Int64.random(in: 0..<40, using: &random)
        let expected = model.first.flatMap { $0.instant <= instant ? $0.name : nil }
        #expect((heap.popFirst(until: instant) as? HeapEntry)?.name == expected)
        if expected != nil { model.removeFirst() }
      }
      #expect(heap.count == model.count)
      #expect(heap.earliest == model.first?.instant)
    }
    #expect(heap.names(until: .max) == model.map(\.name))
  }
}
