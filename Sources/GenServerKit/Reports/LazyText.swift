/// A text that is made when somebody reads it, once. Until then it keeps what it is made of.
final class LazyText: @unchecked Sendable {
  // Unchecked: the source is touched under the lock only.
  private enum Source {
    case text(String)
    case maker(@Sendable () -> String)
  }

  private let lock = Lock()
  private var source: Source

  init(_ text: String) { source = .text(text) }
  init(_ make: @escaping @Sendable () -> String) { source = .maker(make) }

  var text: String {
    let make: @Sendable () -> String
    switch lock.withLock({ source }) {
    case .text(let text): return text
    case .maker(let maker): make = maker
    }
    // Two who read at once may both make it. The maker, and with it the users' values, is dropped outside of the lock.
    let text = make()
    lock.withLock { source = .text(text) }
    return text
  }
}
