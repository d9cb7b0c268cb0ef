import Testing

@testable import GenServerKit

private final class Card {
  let number: Int
  var place = ListPlace<Card>()

  init(_ number: Int) { self.number = number }
}

private struct CardPlaces: ListPlaces {
  func withPlace<Result>(of card: Card, _ body: (inout ListPlace<Card>) -> Result) -> Result { body(&card.place) }
}

@Suite("Intrusive list")
struct IntrusiveListTests {
  /// Cards come, go from anywhere, and all at once, against an array.
  @Test("Elements stay in the order in which they came", arguments: 0..<20 as Range<UInt64>)
  func model(_ seed: UInt64) {
    let random = SeededRandomSource(seed: seed)
    func draw(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    var list = IntrusiveList(CardPlaces())
    var model: [Card] = []
    for number in 0..<2000 {
      switch draw(100) {
      case 0..<50:
        let card = Card(number)
        list.append(card)
        model.append(card)
      case 50..<98:
        guard !model.isEmpty else { continue }
        // Often the first or the last one, where the ends of the list move.
        let index = [0, model.count - 1, draw(model.count)][draw(3)]
        let card = model.remove(at: index)
        let removals = (list.remove(card), list.remove(card))
        #expect(removals == (true, false))
      default:
        let removed = list.removeAll()
        #expect(removed.map(\.number) == model.map(\.number))
        model = []
      }
      #expect(list.isEmpty == model.isEmpty)
      #expect(list.all.map(\.number) == model.map(\.number))
    }
    #expect(list.first { $0.number % 7 == 3 } === model.first { $0.number % 7 == 3 })
    _ = list.removeAll()
  }

  @Test("A list keeps its elements alive, and lets go of them one by one and all at once")
  func lifetimes() {
    var list = IntrusiveList(CardPlaces())
    weak var first: Card?
    weak var second: Card?
    do {
      let cards = (Card(1), Card(2))
      (first, second) = cards
      list.append(cards.0)
      list.append(cards.1)
    }
    #expect(first != nil && second != nil)
    if let card = first { list.remove(card) }
    #expect(first == nil && second != nil)
    _ = list.removeAll()
    #expect(second == nil)
  }

  @Test(
    "A walk has what stays once and in its order, whatever comes and goes between its steps",
    arguments: 0..<200 as Range<UInt64>)
  func walk(_ seed: UInt64) {
    let random = SeededRandomSource(seed: seed)
    func draw(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
    var list = IntrusiveList(CardPlaces())
    var cards = (0..<(1 + draw(500))).map { Card($0) }
    for card in cards { list.append(card) }
    var staying = Set(cards.map(\.number))
    var next = cards.count
    var walk = ListWalk<Card>()
    var steps = 0
    while !walk.isOver {
      list.advance(&walk)
      walk.keep()
      steps += 1
      // Often all that has been seen goes, or what comes just behind it.
      let removals = [0, 3, cards.count][draw(3)]
      for _ in 0..<min(removals, cards.count) {
        let card = cards.remove(at: [0, draw(cards.count), min(walk.taken.count, cards.count - 1)][draw(3)])
        list.remove(card)
        staying.remove(card.number)
      }
      if next < 2000 {
        for _ in 0..<draw(20) {
          let card = Card(next)
          list.append(card)
          cards.append(card)
          next += 1
        }
      }
      #expect(steps < 1000)
    }
    let taken = walk.taken.map(\.number)
    #expect(taken == taken.sorted())
    #expect(Set(taken).count == taken.count)
    #expect(staying.isSubset(of: taken))
    _ = list.removeAll()
  }

  @Test("A walk takes along a bounded number of elements at a time")
  func walkSteps() {
    var list = IntrusiveList(CardPlaces())
    for number in 0..<1000 { list.append(Card(number)) }
    var walk = ListWalk<Card>()
    var counts: [Int] = []
    while !walk.isOver {
      let before = walk.taken.count
      list.advance(&walk)
      walk.keep()
      counts.append(walk.taken.count - before)
    }
    #expect(counts.allSatisfy { $0 <= ListWalk<Card>.elementsAtOnce })
    #expect(walk.taken.map(\.number) == Array(0..<1000))
    #expect(list.popFirst(3).map(\.number) == [0, 1, 2])
    #expect(list.popFirst(2000).count == 997)
    #expect(list.isEmpty)
  }
}
