/// Who hears of a process's end: a waiting caller, a watch. An element of the process's list, in the
/// order of insertion; the links are touched under the process's lock.
@usableFromInline package class ExitObserver: @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked; its links are guarded by the process's lock.
  fileprivate var previous: ExitObserver?
  fileprivate var next: ExitObserver?
  fileprivate var isListed = false

  init() {}

  /// Called once, outside of any lock, when the process has ended.
  func processEnded(_ reason: ExitReason) {}
}

/// A list threaded through its elements, so that a hundred thousand waiting callers come and go without a search.
struct ExitObserverList {
  /// The first one, whose `previous` is the last one.
  private var first: ExitObserver?

  var isEmpty: Bool { first == nil }

  mutating func append(_ observer: ExitObserver) {
    observer.isListed = true
    guard let first else {
      observer.previous = observer
      self.first = observer
      return
    }
    let last = first.previous
    last?.next = observer
    observer.previous = last
    first.previous = observer
  }

  mutating func remove(_ observer: ExitObserver) {
    guard observer.isListed, let first else { return }
    observer.isListed = false
    let previous = observer.previous
    let next = observer.next
    observer.previous = nil
    observer.next = nil
    if observer === first {
      self.first = next
      next?.previous = previous === observer ? nil : previous
    } else {
      previous?.next = next
      if let next { next.previous = previous } else { first.previous = previous }
    }
  }

  /// In their order.
  var all: [ExitObserver] {
    var all: [ExitObserver] = []
    var current = first
    while let observer = current {
      all.append(observer)
      current = observer.next
    }
    return all
  }

  mutating func removeAll() -> [ExitObserver] {
    var all: [ExitObserver] = []
    var current = first
    first = nil
    while let observer = current {
      current = observer.next
      observer.previous = nil
      observer.next = nil
      observer.isListed = false
      all.append(observer)
    }
    return all
  }
}
