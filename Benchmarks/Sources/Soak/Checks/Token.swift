import Synchronization

/// How many tokens of one kind there are.
final class TokenCount: Sendable {
  fileprivate let value = Atomic<Int>(0)

  var now: Int { value.load(ordering: .acquiring) }
}

/// Is counted for as long as somebody holds it: in a state or in a message, it shows what was not let go.
final class Token: Sendable {
  private let count: TokenCount
  private let isBusy = Atomic<Bool>(false)

  init(_ count: TokenCount) {
    self.count = count
    count.value.wrappingAdd(1, ordering: .acquiringAndReleasing)
  }

  deinit { count.value.wrappingSubtract(1, ordering: .acquiringAndReleasing) }

  /// By a handler when it begins; false if another one has not returned.
  func begin() -> Bool { !isBusy.exchange(true, ordering: .acquiringAndReleasing) }

  func finish() { isBusy.store(false, ordering: .releasing) }
}
