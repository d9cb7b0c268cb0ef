/// A queue in one piece of memory. Elements are moved in and out, never copied: a buffer that kept a message would keep
/// its reply handle, and a dropped handle would be noticed late.
///
/// Its owner empties it with `removeAll`. A `deinit` would make the end of each process look up the message's metadata,
/// as the end of a generic class is not specialised.
@usableFromInline struct MessageBuffer<Element: ~Copyable>: ~Copyable {
  @usableFromInline var storage: UnsafeMutablePointer<Element>?
  @usableFromInline var head: UInt32 = 0
  @usableFromInline var tail: UInt32 = 0
  @usableFromInline var capacity: UInt32 = 0

  /// Memory above this is given back when the buffer has become empty.
  @inlinable static var retainedCapacity: UInt32 { 4096 }

  @inlinable init() {}

  /// Drops all elements, and gives all memory back.
  @inlinable mutating func removeAll() {
    guard let storage else { return }
    let (first, count) = (storage + Int(head), count)
    self.storage = nil
    head = 0
    tail = 0
    capacity = 0
    first.deinitialize(count: count)
    storage.deallocate()
  }

  @inlinable var isEmpty: Bool { head == tail }
  @inlinable var count: Int { Int(tail &- head) }

  @inlinable mutating func append(_ element: consuming Element) {
    if tail == capacity { makeRoom() }
    (storage.unsafelyUnwrapped + Int(tail)).initialize(to: element)
    tail &+= 1
  }

  /// Puts back the element that was taken out last.
  @inlinable mutating func prepend(_ element: consuming Element) {
    if head == 0 { makeRoomInFront() }
    head &-= 1
    (storage.unsafelyUnwrapped + Int(head)).initialize(to: element)
  }

  /// The buffer must not be empty.
  @inlinable var first: UnsafeMutablePointer<Element> { storage.unsafelyUnwrapped + Int(head) }

  /// The buffer must not be empty.
  @inlinable mutating func removeFirst() -> Element {
    let element = (storage.unsafelyUnwrapped + Int(head)).move()
    head &+= 1
    if head == tail { rewind() }
    return element
  }

  func visit(_ body: (borrowing Element) -> Void) {
    guard let storage else { return }
    for index in Int(head)..<Int(tail) { body((storage + index).pointee) }
  }

  /// Takes out the first element that is wanted; the others keep their order.
  mutating func removeFirst(from start: Int = 0, where isWanted: (borrowing Element) -> Bool) -> Element? {
    guard let storage, start < count else { return nil }
    for index in (Int(head) + start)..<Int(tail) where isWanted((storage + index).pointee) {
      return remove(at: index, from: storage)
    }
    return nil
  }

  private mutating func remove(at index: Int, from storage: UnsafeMutablePointer<Element>) -> Element {
    let element = (storage + index).move()
    closeGap(at: index, in: storage)
    if head == tail { rewind() }
    return element
  }

  /// Takes out the one element that is wanted. The search goes from both ends, as it usually is one of the first or of
  /// the last.
  mutating func removeOnly(where isWanted: (borrowing Element) -> Bool) -> Element? {
    guard let storage else { return nil }
    var (front, back) = (Int(head), Int(tail) - 1)
    while front <= back {
      if isWanted((storage + front).pointee) { return remove(at: front, from: storage) }
      if isWanted((storage + back).pointee) { return remove(at: back, from: storage) }
      front += 1
      back -= 1
    }
    return nil
  }

  /// Moves the chosen elements to the end of another buffer; the others keep their order.
  mutating func moveAll(to other: inout MessageBuffer, where isChosen: (borrowing Element) -> Bool) {
    guard let storage else { return }
    var end = Int(head)
    for index in Int(head)..<Int(tail) {
      if isChosen((storage + index).pointee) {
        other.append((storage + index).move())
      } else {
        if end < index { (storage + end).moveInitialize(from: storage + index, count: 1) }
        end += 1
      }
    }
    tail = UInt32(end)
    if head == tail { rewind() }
  }

  /// Moves the elements before the gap up, or those behind it down, whichever are fewer.
  private mutating func closeGap(at index: Int, in storage: UnsafeMutablePointer<Element>) {
    let before = index - Int(head)
    let behind = Int(tail) - index - 1
    if before <= behind {
      (storage + Int(head) + 1).moveInitialize(from: storage + Int(head), count: before)
      head &+= 1
    } else {
      (storage + index).moveInitialize(from: storage + index + 1, count: behind)
      tail &-= 1
    }
  }

  @inlinable mutating func rewind() {
    head = 0
    tail = 0
    if capacity > Self.retainedCapacity { releaseStorage() }
  }

  /// Gives all memory back; the buffer must be empty.
  @usableFromInline @inline(never) mutating func releaseStorage() {
    guard head == tail else { return }
    storage?.deallocate()
    storage = nil
    head = 0
    tail = 0
    capacity = 0
  }

  /// Slides the elements down when half of the memory lies unused in front, and else doubles the memory.
  @inlinable @inline(never) mutating func makeRoom() {
    if head > capacity / 2, let storage {
      storage.moveInitialize(from: storage + Int(head), count: count)
      tail &-= head
      head = 0
    } else {
      grow(offset: 0)
    }
  }

  @inlinable @inline(never) mutating func makeRoomInFront() {
    if isEmpty, capacity > 0 {
      head = capacity
      tail = capacity
    } else {
      grow(offset: 1)
    }
  }

  @inlinable mutating func grow(offset: UInt32) {
    // The first memory is for one element: most processes never hold more, and a million processes are not rare.
    let newCapacity = Swift.max(1 + offset, capacity * 2)
    let new = UnsafeMutablePointer<Element>.allocate(capacity: Int(newCapacity))
    let count = tail &- head
    if let storage {
      (new + Int(offset)).moveInitialize(from: storage + Int(head), count: Int(count))
      storage.deallocate()
    }
    storage = new
    capacity = newCapacity
    head = offset
    tail = offset &+ count
  }
}
