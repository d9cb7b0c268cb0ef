/// A value that is touched under a lock of its own.
///
/// ```swift
/// private let entries = Locked<[Entry]>([])
/// let count = entries.withLock { $0.count }
/// ```
///
/// It is not for the path of a message: it is an object, and the body is a closure.
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
  // Unchecked: the value is touched under the lock only, and the compiler checks what goes in and comes out.
  private let lock = Lock()
  @exclusivity(unchecked) private var value: Value

  package init(_ value: consuming sending Value) { self.value = value }

  /// The body must not call users' code or write a log, and must not take longer the more processes, names or links
  /// users have.
  package func withLock<Result: ~Copyable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
