/// Answers to several requests, in the order in which they come.
///
/// ```swift
/// var replies = PendingReplies<String, Int>()
/// for (name, shelf) in shelves { replies.add(shelf.sendRequest { .size($0) }, label: name) }
/// while let (name, reply) = await replies.next(timeout: .until(deadline)) { sizes[name] = try? reply.get() }
/// ```
///
/// What is left when the time is up can still be waited for, or is given up by `cancel`; dropping it abandons nothing. It
/// cannot be copied: each answer comes once. Where one request goes to many servers, and all answers are awaited,
/// `callAll` of a sequence of references does it in one step. See `:gen_server.reqids_add/3` and `receive_response/3` in OTP.
public struct PendingReplies<Label: Sendable, Value: Sendable>: ~Copyable {
  private var waiting: [Int: (label: Label, state: PendingState<Value>)] = [:]
  private var nextNumber = 0
  private let arrivals = Arrivals()

  /// No request at all.
  public init() {}

  /// Whether every answer has been taken.
  public var isEmpty: Bool { waiting.isEmpty }

  /// The labels of the requests whose answers have not been taken, in the order of adding; `reqids_to_list/1` in OTP.
  ///
  /// ```swift
  /// while let (name, reply) = await replies.next(timeout: .until(deadline)) { ... }
  /// print("late: \(replies.labels)")
  /// ```
  public var labels: [Label] { waiting.sorted { $0.key < $1.key }.map(\.value.label) }

  /// Gives up the requests that have no answer yet: `next` returns each as `cancelled`, and servers skip those that they
  /// have not begun.
  ///
  /// ```swift
  /// while let (name, reply) = await replies.next(timeout: .until(deadline)) { ... }
  /// replies.cancel()
  /// ```
  public func cancel() { for (_, state) in waiting.values { state.cancel() } }

  /// Adds a request; the label comes back with its answer.
  public mutating func add(_ reply: PendingReply<Value>, label: Label) {
    nextNumber += 1
    waiting[nextNumber] = (label, reply.state)
    let (arrivals, number) = (arrivals, nextNumber)
    reply.state.whenSettled { arrivals.append(number) }
  }

  /// The next answer, or nil when there is none left, the time is up, or the task is cancelled.
  nonisolated(nonsending) public mutating func next(
    timeout: Timeout = .infinity
  ) async -> (label: Label, reply: Result<Value, CallError>)? {
    let runtime = Runtime.current
    let deadline = timeout.deadline(in: runtime)
    while !waiting.isEmpty {
      let waiter = Waiter(in: runtime)
      if let number = arrivals.first(or: waiter) {
        guard let (label, state) = waiting.removeValue(forKey: number), let reply = state.settled else { continue }
        return (label, reply.mapError { $0.with(state.details) })
      }
      let outcome = await waiter.wait(until: deadline)
      arrivals.stop(waiter)
      if case .failed = outcome, arrivals.isEmpty { return nil }
    }
    return nil
  }
}

/// The numbers of the requests whose answers have come, in their order, and who waits for the next one.
private final class Arrivals: @unchecked Sendable {
  // Unchecked: touched under the lock only.
  private let lock = Lock()
  private var numbers: [Int] = []
  private var waiter: Waiter?

  var isEmpty: Bool { lock.withLock { numbers.isEmpty } }

  func append(_ number: Int) {
    let waiter = lock.withLock {
      numbers.append(number)
      defer { self.waiter = nil }
      return self.waiter
    }
    waiter?.resolve(.admitted)
  }

  /// The first number, or nil after the waiter has been put in the place of who waits.
  func first(or waiter: Waiter) -> Int? {
    lock.withLock {
      if !numbers.isEmpty { return numbers.removeFirst() }
      self.waiter = waiter
      return nil
    }
  }

  func stop(_ waiter: Waiter) {
    lock.withLock { if self.waiter === waiter { self.waiter = nil } }
  }
}
