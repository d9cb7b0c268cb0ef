/// A binary heap of timer entries, the earliest first; equal instants in the order in which they were armed.
package struct TimerHeap {
  struct Item {
    let instant: Int64
    let sequence: UInt64
    let entry: any TimerEntry

    static func < (a: Item, b: Item) -> Bool {
      a.instant == b.instant ? a.sequence < b.sequence : a.instant < b.instant
    }
  }

  private var items: [Item] = []
  private var nextSequence: UInt64 = 0

  package init() {}

  package var count: Int { items.count }
  package var earliest: Int64? { items.first?.instant }

  /// All entries, in no order.
  var all: [Item] { items }

  package mutating func insert(_ entry: any TimerEntry, at instant: Int64) {
    remove(entry)
    insert(Item(instant: instant, sequence: nextSequence, entry: entry))
    nextSequence += 1
  }

  mutating func insert(_ item: Item) {
    items.append(item)
    item.entry.timerPosition = items.count - 1
    moveUp(items.count - 1)
  }

  @discardableResult package mutating func remove(_ entry: any TimerEntry) -> Bool {
    let position = entry.timerPosition
    guard position >= 0 else { return false }
    removeItem(at: position)
    return true
  }

  /// Takes out the earliest entry if its time has come.
  package mutating func popFirst(until instant: Int64) -> (any TimerEntry)? {
    guard let first = items.first, first.instant <= instant else { return nil }
    removeItem(at: 0)
    return first.entry
  }

  private mutating func removeItem(at index: Int) {
    items[index].entry.timerPosition = -1
    let last = items.removeLast()
    guard index < items.count else { return }
    items[index] = last
    last.entry.timerPosition = index
    moveUp(index)
    moveDown(last.entry.timerPosition)
  }

  private mutating func moveUp(_ start: Int) {
    var index = start
    while index > 0, items[index] < items[(index - 1) / 2] {
      swap(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  private mutating func moveDown(_ start: Int) {
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < items.count else { return }
      if child + 1 < items.count, items[child + 1] < items[child] { child += 1 }
      guard items[child] < items[index] else { return }
      swap(index, child)
      index = child
    }
  }

  private mutating func swap(_ a: Int, _ b: Int) {
    items.swapAt(a, b)
    items[a].entry.timerPosition = a
    items[b].entry.timerPosition = b
  }
}
