import Testing

@testable import GenServerKit

/// A message that cannot be copied, and whose end is counted.
private struct Parcel: ~Copyable {
  let number: Int
  let tally: PartsTally

  init(_ number: Int, _ tally: PartsTally) {
    self.number = number
    self.tally = tally
  }

  deinit { tally.ended(number) }
}

@Suite("Message buffer") struct MessageBufferTests {
  @Test("Elements leave in the order in which they came")
  func order() {
    var buffer = MessageBuffer<Int>()
    #expect(buffer.isEmpty == true)
    for number in 0..<1000 { buffer.append(number) }
    #expect(buffer.count == 1000)
    for number in 0..<1000 { #expect(buffer.removeFirst() == number) }
    #expect(buffer.isEmpty == true)
  }

  @Test("A queue that never empties slides down in its memory instead of growing")
  func slides() {
    var buffer = MessageBuffer<Int>()
    for number in 0..<3 { buffer.append(number) }
    var next = 3
    for expected in 0..<10_000 {
      buffer.append(next)
      next += 1
      #expect(buffer.removeFirst() == expected)
    }
    #expect(buffer.count == 3)
    #expect(buffer.capacity <= 16)
  }

  @Test("An element that was taken out is put back in front, also into a buffer that it emptied")
  func prepend() {
    var buffer = MessageBuffer<Int>()
    buffer.append(1)
    buffer.prepend(buffer.removeFirst())
    buffer.append(2)
    let first = buffer.removeFirst()
    buffer.prepend(first)
    #expect(buffer.count == 2)
    #expect(buffer.removeFirst() == 1)
    #expect(buffer.removeFirst() == 2)

    var fresh = MessageBuffer<Int>()
    fresh.prepend(7)
    #expect(fresh.removeFirst() == 7)
    #expect(fresh.isEmpty == true)
  }

  @Test("The first wanted element is taken out, and the others keep their order")
  func removeWanted() {
    var buffer = MessageBuffer<Int>()
    for number in 1...6 { buffer.append(number) }
    #expect(buffer.removeFirst { $0 > 2 } == 3)
    #expect(buffer.removeFirst { $0 == 6 } == 6)
    #expect(buffer.removeFirst { $0 == 1 } == 1)
    #expect(buffer.removeFirst { $0 > 100 } == nil)
    var rest: [Int] = []
    while !buffer.isEmpty { rest.append(buffer.removeFirst()) }
    #expect(rest == [2, 4, 5])
    #expect(buffer.removeFirst { _ in true } == nil)
  }

  @Test("Memory is given back after a flood, and kept after a trickle")
  func memory() {
    var buffer = MessageBuffer<Int>()
    for number in 0..<100_000 { buffer.append(number) }
    #expect(buffer.capacity >= 100_000)
    for _ in 0..<100_000 { _ = buffer.removeFirst() }
    #expect(buffer.capacity == 0)
    #expect(buffer.storage == nil)

    for number in 0..<100 { buffer.append(number) }
    for _ in 0..<100 { _ = buffer.removeFirst() }
    #expect(buffer.capacity >= 100)
    buffer.releaseStorage()
    #expect(buffer.capacity == 0)
    buffer.append(1)
    #expect(buffer.removeFirst() == 1)
  }

  @Test("Memory is not released while something lies in it")
  func releaseWhileFull() {
    var buffer = MessageBuffer<Int>()
    buffer.append(1)
    buffer.releaseStorage()
    #expect(buffer.count == 1)
    #expect(buffer.removeFirst() == 1)
  }

  @Test("Emptying a buffer ends what is left in it, each once, and it can be used again")
  func end() {
    let tally = PartsTally()
    var buffer = MessageBuffer<Parcel>()
    for number in 0..<50 { buffer.append(Parcel(number, tally)) }
    for _ in 0..<20 { _ = buffer.removeFirst() }
    for number in 50..<70 { buffer.append(Parcel(number, tally)) }
    #expect(tally.total == 20)
    buffer.removeAll()
    let (count, capacity) = (buffer.count, buffer.capacity)
    #expect(count == 0)
    #expect(capacity == 0)
    #expect(tally.ended == Dictionary(uniqueKeysWithValues: (0..<70).map { ($0, 1) }))
    buffer.append(Parcel(70, tally))
    let number = buffer.removeFirst().number
    #expect(number == 70)
    buffer.removeAll()
  }

  @Test("Random operations agree with an array, and each element ends exactly once", arguments: 1...8)
  func againstModel(seed: UInt64) {
    var random = PartsRandom(seed: seed)
    let tally = PartsTally()
    var next = 0
    do {
      var buffer = MessageBuffer<Parcel>()
      var model: [Int] = []
      for round in 0..<20_000 {
        // Swells and ebbs, so that the memory grows, slides and empties.
        let isEbb = round / 500 % 2 == 1
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<(isEbb ? 2 : 5):
          buffer.append(Parcel(next, tally))
          model.append(next)
          next += 1
        case ..<8:
          guard !model.isEmpty else { continue }
          #expect(buffer.removeFirst().number == model.removeFirst())
        case 8:
          guard !model.isEmpty else { continue }
          let parcel = buffer.removeFirst()
          #expect(parcel.number == model.first)
          buffer.prepend(parcel)
        default:
          let wanted = Int.random(in: 0..<7, using: &random)
          let index = model.firstIndex { $0 % 7 == wanted }
          let found = buffer.removeFirst { $0.number % 7 == wanted }
          let number: Int? = if let found { found.number } else { nil }
          #expect(number == index.map { model[$0] })
          if let index { model.remove(at: index) }
        }
        #expect(buffer.count == model.count)
        #expect(buffer.isEmpty == model.isEmpty)
      }
      #expect(tally.total == next - model.count)
      buffer.removeAll()
    }
    #expect(tally.ended == Dictionary(uniqueKeysWithValues: (0..<next).map { ($0, 1) }))
  }
}
