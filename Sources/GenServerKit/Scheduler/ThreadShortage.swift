#if canImport(Darwin)
  private import Darwin
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Glibc)
  private import Glibc
#endif

/// The system has refused the threads that a runtime needs to run processes or timers.
///
/// ```swift
/// catch StartError.failed(.failure(let shortage as ThreadShortage)) {
///   exit("\(shortage)")
/// }
/// ```
///
/// A start then fails with `StartError.failed` for this reason, and a process that is spawned ends at once for the same
/// reason; otherwise both would wait for ever. Each further start asks the system again.
public struct ThreadShortage: Error, Hashable, Sendable {
  /// The error number of the system, usually `EAGAIN`: a limit of the user or the container has been reached.
  public let code: Int32

  package init(code: Int32) { self.code = code }

  /// The shortage, or nil for the code that stands for none.
  var unlessNone: ThreadShortage? { code == 0 ? nil : self }
}

extension ThreadShortage: CustomStringConvertible {
  public var description: String {
    switch code {
    case EAGAIN: "the system gives no more threads (EAGAIN): a limit of threads or of memory has been reached"
    case ENOMEM: "the system gives no more threads (ENOMEM): there is no memory for their stacks"
    default: "the system gives no thread: error \(code)"
    }
  }
}
