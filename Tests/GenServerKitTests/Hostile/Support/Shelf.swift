import Foundation

/// Keeps what a server puts there where a test finds it: a reply handle, an outcome.
final class Shelf<Item: Sendable>: @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var items: [Item] = []
  private let filled = Signal()

  func put(_ item: Item) {
    lock.withLock { items.append(item) }
    filled.send()
  }

  /// The item that was put there first, once there is one.
  var first: Item? {
    get async {
      await filled.wait()
      return lock.withLock { items.first }
    }
  }

  /// Takes away what was put there last.
  func take() -> Item? { lock.withLock { items.popLast() } }
}
