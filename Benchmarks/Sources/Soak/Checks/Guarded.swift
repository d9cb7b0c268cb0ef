import Foundation

/// A value behind a lock that the thread sanitizer can see, as it cannot that of `Mutex` on Linux.
final class Guarded<Value>: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  /// What is returned must share no buffer with the value: of counts of references the sanitizer knows nothing.
  func withLock<Result>(_ body: (inout Value) -> Result) -> Result { lock.withLock { body(&value) } }
}
