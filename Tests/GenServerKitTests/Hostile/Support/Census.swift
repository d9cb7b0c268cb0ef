import Synchronization

/// Counts values that travel through servers: how many still live, and how many were lost on their way.
final class Census: Sendable {
  private let count = Observed(0)
  private let lostCount = Atomic<Int>(0)

  var living: Int { count.value }

  /// Values that a waiting caller took, as the server was told, and that no caller received.
  var lost: Int { lostCount.load(ordering: .acquiring) }

  /// Returns when no value lives any more; false if some still do after a long time. Who answers a caller may still
  /// hold what it was asked for a moment.
  func isDeserted() async -> Bool {
    await count.value { $0 == 0 } == 0
  }

  fileprivate func isBorn() { count.change { $0 += 1 } }

  fileprivate func dies(lost: Bool) {
    if lost { lostCount.add(1, ordering: .relaxed) }
    count.change { $0 -= 1 }
  }
}

/// A value that is counted while it lives, and knows whether it reached somebody.
final class Payload: Sendable {
  let number: Int
  private let census: Census
  private let wasTaken = Atomic<Bool>(false)
  private let wasReceived = Atomic<Bool>(false)

  init(_ number: Int, _ census: Census) {
    self.number = number
    self.census = census
    census.isBorn()
  }

  deinit {
    census.dies(lost: wasTaken.load(ordering: .acquiring) && !wasReceived.load(ordering: .acquiring))
  }

  /// The server was told that a waiting caller took it.
  func taken() { wasTaken.store(true, ordering: .releasing) }

  /// A caller has it.
  func received() { wasReceived.store(true, ordering: .releasing) }
}
