/// Timer entries by when they are due: a wheel for later ones, in which setting and cancelling cost next to nothing,
/// and a heap for those of the next millisecond, which fire in their exact order.
///
/// Time is counted in ticks of 2^20 ns. Level 0 of the wheel has a slot for each of 64 ticks, and each level above has
/// a slot for each of 64 turns of the level below. An entry lies in the level of the highest digit, to the base of 64,
/// in which its tick differs from the current one; when that slot's time begins, it moves on to a lower level, and at
/// last to the heap.
struct TimerWheel {
  private static let tickBits = 20
  private static let digitBits = 6
  private static let slotsPerLevel = 64
  /// The number of levels, which is enough for all instants.
  private static let levelCount = 8
  private static let keptCapacity = 256

  private var near = TimerHeap()
  private var slots = [[TimerHeap.Item]](repeating: [], count: levelCount * slotsPerLevel)
  /// For each level, the slots that are not empty, as bits.
  private var occupied = [UInt64](repeating: 0, count: levelCount)
  /// The current tick: all entries before it have moved to the heap.
  private var currentTick: Int64 = 0
  private var nextSequence: UInt64 = 0
  private var laterCount = 0

  var count: Int { near.count + laterCount }

  /// All entries by when they are due, and those of one instant in the order in which they were armed.
  var all: [(instant: Int64, entry: any TimerEntry)] {
    (near.all + slots.joined()).sorted { $0 < $1 }.map { (instant: $0.instant, entry: $0.entry) }
  }

  /// The instant at which to look again, no later than the earliest entry is due.
  var earliest: Int64? {
    guard let slot = nextSlot else { return near.earliest }
    let begin = slot.tick << Self.tickBits
    return min(near.earliest ?? begin, begin)
  }

  /// Finds when the earliest entry is due, and may move it to the heap for that.
  mutating func findEarliest() -> Int64? {
    while let slot = nextSlot, slot.tick << Self.tickBits <= near.earliest ?? .max { advance(to: slot.tick) }
    return near.earliest
  }

  /// Puts the entry in, or moves it if it is in already. Returns when to look again for this entry's sake.
  @discardableResult mutating func insert(_ entry: any TimerEntry, at instant: Int64) -> Int64 {
    remove(entry)
    nextSequence += 1
    return insert(TimerHeap.Item(instant: instant, sequence: nextSequence, entry: entry))
  }

  private mutating func insert(_ item: TimerHeap.Item) -> Int64 {
    let tick = item.instant >> Self.tickBits
    guard tick > currentTick else {
      near.insert(item)
      return item.instant
    }
    let level = (63 - (tick ^ currentTick).leadingZeroBitCount) / Self.digitBits
    let digit = Int(tick >> (level * Self.digitBits)) & (Self.slotsPerLevel - 1)
    let slot = level * Self.slotsPerLevel + digit
    item.entry.timerPosition = Self.position(slot, slots[slot].count)
    slots[slot].append(item)
    occupied[level] |= 1 << UInt64(digit)
    laterCount += 1
    return beginning(level, digit) << Self.tickBits
  }

  @discardableResult mutating func remove(_ entry: any TimerEntry) -> Bool {
    let position = entry.timerPosition
    if position >= 0 { return near.remove(entry) }
    if position == -1 { return false }
    let (slot, index) = Self.place(position)
    entry.timerPosition = -1
    laterCount -= 1
    let last = slots[slot].removeLast()
    if index < slots[slot].count {
      slots[slot][index] = last
      last.entry.timerPosition = position
    } else if slots[slot].isEmpty {
      emptied(slot)
    }
    return true
  }

  /// Takes out the earliest entry if its time has come.
  mutating func popFirst(until instant: Int64) -> (any TimerEntry)? {
    advance(to: instant >> Self.tickBits)
    return near.popFirst(until: instant)
  }

  private mutating func advance(to tick: Int64) {
    while let slot = nextSlot, slot.tick <= tick {
      currentTick = slot.tick
      let items = slots[slot.index]
      slots[slot.index].removeAll(keepingCapacity: items.count <= Self.keptCapacity)
      emptied(slot.index)
      laterCount -= items.count
      for item in items { _ = insert(item) }
    }
    currentTick = max(currentTick, tick)
  }

  private mutating func emptied(_ slot: Int) {
    occupied[slot / Self.slotsPerLevel] &= ~(1 << UInt64(slot % Self.slotsPerLevel))
    if slots[slot].capacity > Self.keptCapacity { slots[slot] = [] }
  }

  /// The first slot that holds anything, and when its time begins: in the lowest level that has one. All entries of a
  /// level lie ahead within one turn, so that the first bit is the next slot.
  private var nextSlot: (index: Int, tick: Int64)? {
    for level in 0..<Self.levelCount where occupied[level] != 0 {
      let digit = occupied[level].trailingZeroBitCount
      return (level * Self.slotsPerLevel + digit, beginning(level, digit))
    }
    return nil
  }

  /// The first tick of a slot ahead.
  private func beginning(_ level: Int, _ digit: Int) -> Int64 {
    let above = (level + 1) * Self.digitBits
    return (currentTick >> above) << above | Int64(digit) << (level * Self.digitBits)
  }

  // A position in the wheel is below -1: the heap's are from 0 on, and -1 is none.

  private static func position(_ slot: Int, _ index: Int) -> Int { .min | slot << 40 | index }

  private static func place(_ position: Int) -> (slot: Int, index: Int) {
    ((position & .max) >> 40, position & ((1 << 40) - 1))
  }
}
