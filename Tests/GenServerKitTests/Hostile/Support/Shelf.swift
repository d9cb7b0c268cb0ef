import Foundation
import GenServerKit

/// Keeps reply handles outside of any server.
final class Shelf: @unchecked Sendable {
  // Unchecked: touched under the lock only. It is Foundation's, which the thread sanitizer sees.
  private let lock = NSLock()
  private var handles: [ReplyTo<Payload>] = []

  private let filled = Signal()

  func put(_ handle: ReplyTo<Payload>) {
    lock.withLock { handles.append(handle) }
    filled.send()
  }

  /// A copy of the handle that was put there first, once there is one.
  var first: ReplyTo<Payload>? {
    get async {
      await filled.wait()
      return lock.withLock { handles.first }
    }
  }

  /// The handle that was put there last.
  func take() -> ReplyTo<Payload>? { lock.withLock { handles.popLast() } }
}
