/// Who hears of a process's end: a waiting caller, a watch. An element of the process's list, in the order of insertion;
/// the neighbours are touched under the process's lock.
@usableFromInline package class ExitObserver: @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked; its neighbours are guarded by the process's lock. They
  // are not retained: the list holds one reference to each of its elements, and passing over them costs no more.
  @exclusivity(unchecked) fileprivate var previous: Unmanaged<ExitObserver>?
  @exclusivity(unchecked) fileprivate var next: Unmanaged<ExitObserver>?
  @exclusivity(unchecked) fileprivate var isListed = false

  init() {}

  /// Called once, outside of any lock, when the process has ended.
  func processEnded(_ reason: ExitReason) {}
}

/// A list threaded through its elements, so that a hundred thousand waiting callers come and go without a search.
struct ExitObserverList {
  private var first: Unmanaged<ExitObserver>?
  private var last: Unmanaged<ExitObserver>?

  var isEmpty: Bool { first == nil }

  mutating func append(_ observer: ExitObserver) {
    let element = Unmanaged.passRetained(observer)
    observer.isListed = true
    observer.previous = last
    if let last { last._withUnsafeGuaranteedRef { $0.next = element } } else { first = element }
    last = element
  }

  /// By somebody who holds a reference to the observer, which so is not dropped under the lock.
  mutating func remove(_ observer: ExitObserver) {
    guard observer.isListed else { return }
    let (previous, next) = (observer.previous, observer.next)
    if let next { next._withUnsafeGuaranteedRef { $0.previous = previous } } else { last = previous }
    if let previous { previous._withUnsafeGuaranteedRef { $0.next = next } } else { first = next }
    unlist(observer)
    Unmanaged.passUnretained(observer).release()
  }

  private func unlist(_ observer: ExitObserver) {
    observer.isListed = false
    observer.previous = nil
    observer.next = nil
  }

  /// In their order.
  var all: [ExitObserver] {
    var all: [ExitObserver] = []
    var current = first
    while let element = current {
      let observer = element.takeUnretainedValue()
      all.append(observer)
      current = observer.next
    }
    return all
  }

  mutating func removeAll() -> [ExitObserver] {
    if isEmpty { return [] }
    let all = all
    first = nil
    last = nil
    for observer in all {
      unlist(observer)
      Unmanaged.passUnretained(observer).release()
    }
    return all
  }
}
