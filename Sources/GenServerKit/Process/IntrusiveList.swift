/// An element's place in one list. Neighbours hold no strong reference to each other, so that walking the list costs no
/// retain.
struct ListPlace<Element: AnyObject> {
  fileprivate(set) var isListed = false
  fileprivate var next: Unmanaged<Element>?
  /// The element before this one; for the first element, the last one.
  fileprivate var previous: Unmanaged<Element>?
}

/// Where the elements of one kind of list keep their places.
protocol ListPlaces {
  associatedtype Element: AnyObject

  /// Whether the list holds a reference to each of its elements. If not, something else does as long as they are in the
  /// list.
  static var keepsElements: Bool { get }

  func withPlace<Result>(of element: Element, _ body: (inout ListPlace<Element>) -> Result) -> Result
}

extension ListPlaces {
  static var keepsElements: Bool { true }
}

/// A walk, some elements at a time, through a list that others change meanwhile, so that no thread waits long for its
/// lock.
///
/// Elements are added at the end. An element that has been taken out goes into no list again as long as anything refers
/// to it, and the walk refers to those that it has visited. So all visited elements lie before all others, and the walk
/// finds its place again behind the last visited one that is still there. It visits each element that stays in the list
/// exactly once, in order.
struct ListWalk<Element: AnyObject> {
  static var elementsAtOnce: Int { 64 }

  fileprivate(set) var taken: [Element] = []
  /// The index of the last visited element that may still be in the list.
  fileprivate var last = -1
  fileprivate var fresh: [Element] = []
  fileprivate(set) var isOver = false

  init() { fresh.reserveCapacity(Self.elementsAtOnce) }

  /// Keeps the elements visited last. To be called outside of the lock.
  mutating func keep() {
    guard !fresh.isEmpty else { return }
    taken += fresh
    last = taken.count - 1
    fresh.removeAll(keepingCapacity: true)
  }

  mutating func end() { isOver = true }
}

/// A list threaded through its elements in the order in which they came, so that a hundred thousand elements come and
/// go without a search. Its owner empties it with `removeAll`.
struct IntrusiveList<Places: ListPlaces> {
  typealias Element = Places.Element

  private let places: Places
  private var first: Unmanaged<Element>?

  init(_ places: Places) { self.places = places }

  @inline(__always) var isEmpty: Bool { first == nil }

  mutating func append(_ element: Element) {
    insert(Places.keepsElements ? .passRetained(element) : .passUnretained(element))
  }

  /// The list takes over the caller's reference.
  mutating func append(owned element: consuming Element) {
    insert(.passRetained(element))
  }

  mutating func prepend(_ element: Element) {
    // The list is a ring, so this appends the element and then makes the last one the first.
    append(element)
    let new = Unmanaged.passUnretained(element)
    guard let first, first.toOpaque() != new.toOpaque() else { return }
    if let last = withPlace(new, { $0.previous }) { withPlace(last) { $0.next = nil } }
    withPlace(new) { $0.next = first }
    self.first = new
  }

  private mutating func insert(_ new: Unmanaged<Element>) {
    let last = first.flatMap { withPlace($0) { $0.previous } } ?? new
    withPlace(new) { $0 = ListPlace(isListed: true, previous: last) }
    if let first {
      withPlace(last) { $0.next = new }
      withPlace(first) { $0.previous = new }
    } else {
      first = new
    }
  }

  /// Takes the element out; false if it is not in the list. The caller holds a reference to it, so that it is not
  /// dropped under a lock.
  @discardableResult mutating func remove(_ element: Element) -> Bool { take(element) != nil }

  /// Takes the element out and returns it, with the list's own reference if the list holds one.
  @inline(__always) mutating func take(_ element: Element) -> Element? {
    let taken = Unmanaged.passUnretained(element)
    guard remove(taken) else { return nil }
    return Places.keepsElements ? taken.takeRetainedValue() : taken.takeUnretainedValue()
  }

  /// Takes the element out; the reference that the list holds passes to the caller.
  @discardableResult private mutating func remove(_ element: Unmanaged<Element>) -> Bool {
    let place = withPlace(element) { place in
      let before = place
      place = ListPlace()
      return before
    }
    guard place.isListed, let first else { return false }
    if first.toOpaque() == element.toOpaque() {
      self.first = place.next
    } else if let previous = place.previous {
      withPlace(previous) { $0.next = place.next }
    }
    // Behind the last element comes the first, whose `previous` is the last.
    if let behind = place.next ?? self.first { withPlace(behind) { $0.previous = place.previous } }
    return true
  }

  mutating func popFirst() -> Element? {
    guard let first else { return nil }
    remove(first)
    return Places.keepsElements ? first.takeRetainedValue() : first.takeUnretainedValue()
  }

  func first(where isWanted: (Element) -> Bool) -> Element? {
    var current = first
    while let element = current {
      if element._withUnsafeGuaranteedRef(isWanted) { return element.takeUnretainedValue() }
      current = withPlace(element) { $0.next }
    }
    return nil
  }

  /// Visits some more of the elements, in their order; to be called under the lock of the list.
  func advance(_ walk: inout ListWalk<Element>) {
    guard var current = nextElement(of: &walk) else { return }
    var count = 0
    while let element = current, count < ListWalk<Element>.elementsAtOnce {
      walk.fresh.append(element.takeUnretainedValue())
      current = withPlace(element) { $0.next }
      count += 1
    }
    walk.isOver = current == nil
  }

  /// The first element that has not been visited, if there is one: it comes behind the last visited one that is still
  /// in the list. Nil if the search for that one takes another step.
  private func nextElement(of walk: inout ListWalk<Element>) -> Unmanaged<Element>?? {
    var steps = 0
    while walk.last >= 0 {
      let place = withPlace(.passUnretained(walk.taken[walk.last])) { $0 }
      if place.isListed { return .some(place.next) }
      walk.last -= 1
      steps += 1
      if steps == ListWalk<Element>.elementsAtOnce { return nil }
    }
    return .some(first)
  }

  /// All elements in their order. Only for a list that cannot be long, or whose lock no other thread waits for.
  var all: [Element] {
    var all: [Element] = []
    var current = first
    while let element = current {
      all.append(element.takeUnretainedValue())
      current = withPlace(element) { $0.next }
    }
    return all
  }

  /// Takes out the first `count` at most, in their order.
  mutating func popFirst(_ count: Int) -> [Element] {
    var elements: [Element] = []
    while elements.count < count, let element = popFirst() { elements.append(element) }
    return elements
  }

  /// The first ones, so many at most.
  func first(_ limit: Int) -> [Element] {
    var elements: [Element] = []
    var current = first
    while let element = current, elements.count < limit {
      elements.append(element.takeUnretainedValue())
      current = withPlace(element) { $0.next }
    }
    return elements
  }

  mutating func removeAll() -> [Element] {
    if isEmpty { return [] }
    let all = all
    first = nil
    for element in all {
      places.withPlace(of: element) { $0 = ListPlace() }
      if Places.keepsElements { Unmanaged.passUnretained(element).release() }
    }
    return all
  }

  @inline(__always) private func withPlace<Result>(
    _ element: Unmanaged<Element>, _ body: (inout ListPlace<Element>) -> Result
  ) -> Result {
    element._withUnsafeGuaranteedRef { places.withPlace(of: $0, body) }
  }
}
