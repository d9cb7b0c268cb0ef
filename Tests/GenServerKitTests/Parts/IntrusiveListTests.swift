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
}
