import GenServerKit

/// A machine that gives out numbers, without its process.
///
/// Limits that are no integers, which Elixir has to refuse at run time, do not compile.
struct Machine: Equatable, Sendable {
  enum Failure: Error { case invalidConfiguration, allPossibleNumbersAreInUse, emptyQueue, priorityNumberNotFound }

  let minimum, maximum: Int
  let autoShutdown: Timeout
  private(set) var queue: [Int] = []

  init(minimum: Int, maximum: Int, autoShutdown: Timeout = .infinity) throws(Failure) {
    guard minimum < maximum else { throw .invalidConfiguration }
    self.minimum = minimum
    self.maximum = maximum
    self.autoShutdown = autoShutdown
  }

  /// One more than the highest number in the queue, or else the lowest that is free.
  mutating func queueNewNumber() throws(Failure) -> Int {
    let next = queue.max().map { $0 + 1 } ?? minimum
    let free = next <= maximum ? next : (minimum...maximum).first { !queue.contains($0) }
    guard let number = free else { throw .allPossibleNumbersAreInUse }
    queue.append(number)
    return number
  }

  mutating func serveNext(priority: Int?) throws(Failure) -> Int {
    guard !queue.isEmpty else { throw .emptyQueue }
    guard let priority else { return queue.removeFirst() }
    guard let index = queue.firstIndex(of: priority) else { throw .priorityNumberNotFound }
    return queue.remove(at: index)
  }

  /// Empties the queue, and leaves the configuration as it is.
  mutating func reset() { queue = [] }
}
