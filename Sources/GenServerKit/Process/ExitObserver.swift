/// An object that hears of a process's end, such as a waiting caller or a watch. It is an element of the process's
/// list, in the order of insertion.
@usableFromInline package class ExitObserver: @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked; its place is touched under the process's lock.
  @exclusivity(unchecked) fileprivate var place = ListPlace<ExitObserver>()

  init() {}

  /// Called once, outside of any lock, when the process has ended.
  func processEnded(_ reason: ExitReason) {}
}

struct ExitObserverPlaces: ListPlaces {
  @inline(__always) func withPlace<Result>(
    of observer: ExitObserver, _ body: (inout ListPlace<ExitObserver>) -> Result
  ) -> Result { body(&observer.place) }
}

typealias ExitObserverList = IntrusiveList<ExitObserverPlaces>

extension ExitObserverList {
  init() { self.init(ExitObserverPlaces()) }
}
