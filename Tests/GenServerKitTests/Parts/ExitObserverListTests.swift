import Testing

@testable import GenServerKit

@Suite("Exit observer list") struct ExitObserverListTests {
  private func numbers(of list: inout ExitObserverList, among all: [ExitObserver]) -> [Int?] {
    list.removeAll().map { observer in all.firstIndex { $0 === observer } }
  }

  private func list(of observers: [ExitObserver]) -> ExitObserverList {
    var list = ExitObserverList()
    for observer in observers { list.append(observer) }
    return list
  }

  @Test("Observers hear in the order in which they came")
  func order() {
    let observers = (0..<5).map { _ in ExitObserver() }
    var list = list(of: observers)
    #expect(numbers(of: &list, among: observers) == [0, 1, 2, 3, 4])
    #expect(list.removeAll().isEmpty)
  }

  @Test(
    "Whoever is taken off the list is missing, the others keep their order",
    arguments: [[0], [2], [4], [0, 1], [3, 4], [4, 3], [1, 3], [2, 0, 4], [0, 1, 2, 3], [4, 3, 2, 1, 0]])
  func remove(numbers removed: [Int]) {
    let observers = (0..<5).map { _ in ExitObserver() }
    var list = list(of: observers)
    for number in removed { list.remove(observers[number]) }
    let late = ExitObserver()
    list.append(late)
    let left = (0..<5).filter { !removed.contains($0) } + [5]
    #expect(numbers(of: &list, among: observers + [late]) == left)
  }

  @Test("The only observer leaves an empty list, which can be filled again")
  func only() {
    let observer = ExitObserver()
    var list = list(of: [observer])
    list.remove(observer)
    #expect(list.removeAll().isEmpty)
    list.append(observer)
    #expect(list.removeAll().map(ObjectIdentifier.init) == [ObjectIdentifier(observer)])
  }

  @Test("Taking off an observer that is not listed changes nothing")
  func notListed() {
    let observers = (0..<3).map { _ in ExitObserver() }
    var list = list(of: observers)
    list.remove(ExitObserver())
    list.remove(observers[1])
    list.remove(observers[1])
    #expect(numbers(of: &list, among: observers) == [0, 2])
    list.remove(observers[0])
    list.append(observers[0])
    #expect(numbers(of: &list, among: observers) == [0])
  }

  @Test("Random operations agree with an array", arguments: 1...4)
  func againstModel(seed: UInt64) {
    var random = PartsRandom(seed: seed)
    var list = ExitObserverList()
    let observers = (0..<20).map { _ in ExitObserver() }
    var model: [Int] = []
    for _ in 0..<5000 {
      let number = Int.random(in: 0..<20, using: &random)
      if let index = model.firstIndex(of: number) {
        list.remove(observers[number])
        model.remove(at: index)
      } else {
        list.append(observers[number])
        model.append(number)
      }
      if Int.random(in: 0..<100, using: &random) == 0 {
        #expect(numbers(of: &list, among: observers) == model)
        model = []
      }
    }
    #expect(numbers(of: &list, among: observers) == model)
  }

  @Test("A hundred thousand observers come and go without a search")
  func many() {
    var random = PartsRandom(seed: 1)
    let observers = (0..<100_000).map { _ in ExitObserver() }
    var list = list(of: observers)
    for observer in observers.shuffled(using: &random).dropFirst(2) { list.remove(observer) }
    #expect(list.removeAll().count == 2)
  }

  @Test("The list keeps no observer that was taken off")
  func releases() {
    var list = ExitObserverList()
    weak var removed: ExitObserver?
    weak var told: ExitObserver?
    do {
      let first = ExitObserver()
      let second = ExitObserver()
      removed = first
      told = second
      list.append(first)
      list.append(second)
      list.remove(first)
      #expect(list.removeAll().count == 1)
    }
    #expect(removed == nil)
    #expect(told == nil)
  }
}
