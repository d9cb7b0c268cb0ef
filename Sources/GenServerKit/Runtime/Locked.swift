/// A value that is touched under a lock of its own.
///
/// ```swift
/// private let entries = Locked<[Entry]>([])
/// let count = entries.withLock { $0.count }
/// ```
///
/// For what is not on the way of a message: it is an object, and the body is a closure.
package final class Locked<Value: ~Copyable>: @unchecked Sendable {
  // Unchecked: the value is touched under the lock only, and the compiler checks what goes in and comes out.
  private let lock = Lock()
  @exclusivity(unchecked) private var value: Value

  package init(_ value: consuming sending Value) { self.value = value }

  /// The body calls nobody else's code and writes no log, and takes no longer the more there is of what users have.
  package func withLock<Result: ~Copyable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
