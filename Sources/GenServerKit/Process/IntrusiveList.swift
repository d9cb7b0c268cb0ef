/// An element's place in one list. The list holds a reference to each of its elements and the neighbours none, so that
/// going past them costs no retain.
struct ListPlace<Element: AnyObject> {
  fileprivate(set) var isListed = false
  fileprivate var next: Unmanaged<Element>?
  /// That of the first one is the last one.
  fileprivate var previous: Unmanaged<Element>?
}

/// Where the elements of one kind of list keep their places.
protocol ListPlaces {
  associatedtype Element: AnyObject

  func withPlace<Result>(of element: Element, _ body: (inout ListPlace<Element>) -> Result) -> Result
}

/// A list threaded through its elements in the order in which they came, so that a hundred thousand come and go without
/// a search. Whoever owns it empties it with `removeAll`.
struct IntrusiveList<Places: ListPlaces> {
  typealias Element = Places.Element

  private let places: Places
  private var first: Unmanaged<Element>?

  init(_ places: Places) { self.places = places }

  @inline(__always) var isEmpty: Bool { first == nil }

  mutating func append(_ element: consuming Element) {
    let new = Unmanaged.passRetained(element)
    let last = first.flatMap { withPlace($0) { $0.previous } } ?? new
    withPlace(new) { $0 = ListPlace(isListed: true, previous: last) }
    if let first {
      withPlace(last) { $0.next = new }
      withPlace(first) { $0.previous = new }
    } else {
      first = new
    }
  }

  /// By somebody who holds a reference to the element, which so is not dropped under a lock. False if it is not there.
  @discardableResult mutating func remove(_ element: Element) -> Bool { take(element) != nil }

  /// The same, with the list's own reference.
  @inline(__always) mutating func take(_ element: Element) -> Element? {
    let place = places.withPlace(of: element) { place in
      defer { place = ListPlace() }
      return place
    }
    guard place.isListed, let first else { return nil }
    let taken = Unmanaged.passUnretained(element)
    if first.toOpaque() == taken.toOpaque() {
      self.first = place.next
    } else if let previous = place.previous {
      withPlace(previous) { $0.next = place.next }
    }
    // Behind the last one comes the first, which knows the last.
    if let behind = place.next ?? self.first { withPlace(behind) { $0.previous = place.previous } }
    return taken.takeRetainedValue()
  }

  func first(where isWanted: (Element) -> Bool) -> Element? {
    var current = first
    while let element = current {
      if element._withUnsafeGuaranteedRef(isWanted) { return element.takeUnretainedValue() }
      current = withPlace(element) { $0.next }
    }
    return nil
  }

  /// In their order.
  var all: [Element] {
    var all: [Element] = []
    var current = first
    while let element = current {
      all.append(element.takeUnretainedValue())
      current = withPlace(element) { $0.next }
    }
    return all
  }

  mutating func removeAll() -> [Element] {
    if isEmpty { return [] }
    let all = all
    first = nil
    for element in all {
      places.withPlace(of: element) { $0 = ListPlace() }
      Unmanaged.passUnretained(element).release()
    }
    return all
  }

  @inline(__always) private func withPlace<Result>(
    _ element: Unmanaged<Element>, _ body: (inout ListPlace<Element>) -> Result
  ) -> Result {
    element._withUnsafeGuaranteedRef { places.withPlace(of: $0, body) }
  }
}
