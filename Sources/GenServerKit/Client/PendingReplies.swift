/// Answers to several requests, in the order in which they come.
///
/// ```swift
/// var replies = PendingReplies<String, Int>()
/// for (name, shelf) in shelves { replies.add(shelf.sendRequest { .size($0) }, label: name) }
/// while let (name, reply) = await replies.next(timeout: .until(deadline)) { sizes[name] = try? reply.get() }
/// ```
///
/// When the time is up, the requests that are left can still be awaited, or given up by `cancel`; dropping this value
/// abandons none of them. It cannot be copied: each answer comes once. To send one request to many servers and await
/// all answers, `callAll` on a sequence of references takes one step. See `:gen_server.reqids_add/3` and
/// `receive_response/3` in OTP.
public struct PendingReplies<Label: Sendable, Value: Sendable>: ~Copyable {
  private typealias Entry = (label: Label, state: PendingState<Value>)

  private var waiting: [Int: Entry] = [:]
  private var numbers: [ObjectIdentifier: Int] = [:]
  private var nextNumber = 0
  /// The requests that have not been checked yet for a wait that can never end.
  private var unchecked: [Int] = []
  /// The requests whose answers have come, the next one last.
  private var arrived: [Int] = []
  private let arrivals = Arrivals()

  /// Makes a collection without any request.
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

  /// Gives up the requests that have no answer yet: `next` returns each as `cancelled`, and servers skip those that
  /// they have not begun.
  ///
  /// ```swift
  /// while let (name, reply) = await replies.next(timeout: .until(deadline)) { ... }
  /// replies.cancel()
  /// ```
  public func cancel() { for (_, state) in waiting.values { state.cancel() } }

  /// Adds a request; the label comes back with its answer.
  ///
  /// ```swift
  /// let report = archive.sendRequest { .report(2024, $0) }
  /// replies.add(report, label: "2024")            // true
  /// replies.add(report, label: "again")           // false: it is in already, under its first label
  /// ```
  ///
  /// Returns false, and changes nothing, for a request that has been added already.
  @discardableResult public mutating func add(_ reply: PendingReply<Value>, label: Label) -> Bool {
    let request = ObjectIdentifier(reply.state)
    if numbers[request] != nil { return false }
    nextNumber += 1
    waiting[nextNumber] = (label, reply.state)
    numbers[request] = nextNumber
    unchecked.append(nextNumber)
    let (arrivals, number) = (arrivals, nextNumber)
    reply.state.whenSettled { arrivals.append(number) }
    return true
  }

  /// The next answer, or nil when there is none left, the time is up, or the task is cancelled.
  ///
  /// It waits for five seconds unless told otherwise, whatever `within(_:)` says of each server. In a server, a request
  /// that cannot be answered during the wait comes back as a failure at once: `callingSelf` if it went to the server
  /// itself, `deadlock` if it went to a server that waits for this one.
  nonisolated(nonsending) public mutating func next(
    timeout: Timeout? = nil
  ) async -> (label: Label, reply: Result<Value, CallError>)? {
    let runtime = Runtime.current
    let deadline = (timeout ?? .callDefault).deadline(in: runtime)
    while !waiting.isEmpty {
      if let next = takeArrived() ?? takeStuck() { return next }
      // The last request is awaited as by `value`, so that the check for circles knows of this wait.
      if waiting.count == 1, let (number, last) = waiting.first {
        let reply = await last.state.outcome(until: deadline)
        // An answer that came in the last moment counts.
        let settled = last.state.settled
        if settled == nil, reply.isTimeoutOrCancellation { return nil }
        return take(number, settled ?? reply)
      }
      let waiter = Waiter(in: runtime)
      guard arrivals.tell(waiter) else { continue }
      let outcome = await waiter.wait(until: deadline)
      arrivals.stop(waiter)
      if case .failed = outcome, arrivals.isEmpty { return nil }
    }
    return nil
  }

  private mutating func takeArrived() -> (label: Label, reply: Result<Value, CallError>)? {
    while true {
      if arrived.isEmpty { arrived = arrivals.takeAll().reversed() }
      guard let number = arrived.popLast() else { return nil }
      if let reply = waiting[number]?.state.settled { return take(number, reply) }
    }
  }

  /// Takes a request that will not be answered as long as this process waits.
  private mutating func takeStuck() -> (label: Label, reply: Result<Value, CallError>)? {
    guard let own = ProcessCore.ownProcess else { return nil }
    while let number = unchecked.popLast() {
      if let error = waiting[number]?.state.obstacle(for: own) { return take(number, .failure(error)) }
    }
    return nil
  }

  private mutating func take(
    _ number: Int, _ reply: Result<Value, CallError>
  ) -> (label: Label, reply: Result<Value, CallError>)? {
    guard let (label, state) = waiting.removeValue(forKey: number) else { return nil }
    numbers[ObjectIdentifier(state)] = nil
    return (label, reply.mapError { $0.with(state.details) })
  }
}

extension Result where Failure == CallError {
  fileprivate var isTimeoutOrCancellation: Bool {
    switch self {
    case .failure(.timeout), .failure(.cancelled): true
    default: false
    }
  }
}

/// The numbers of the requests whose answers have come, in their order, and the waiter for the next one.
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

  /// Takes all at once, so that the cost per answer does not grow with their number.
  func takeAll() -> [Int] {
    var all: [Int] = []
    lock.withLock { swap(&all, &numbers) }
    return all
  }

  /// Registers the waiter for the next answer; false if there is an answer already.
  func tell(_ waiter: Waiter) -> Bool {
    lock.withLock {
      if numbers.isEmpty { self.waiter = waiter }
      return numbers.isEmpty
    }
  }

  func stop(_ waiter: Waiter) {
    lock.withLock { if self.waiter === waiter { self.waiter = nil } }
  }
}
