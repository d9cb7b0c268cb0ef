/// The source of a runtime's time and timers: the system's clock, a test's, or a simulation's.
///
/// Instants are nanoseconds of the clock behind `ContinuousClock`.
package protocol TimeSource: AnyObject, Sendable {
  func now() -> Int64
  func wallTime() -> Timestamp

  /// The timers that fire when their time has come.
  var queue: TimerQueue { get }

  /// Called when a timer came into the queue that is due before the instant at which the time source wanted to look
  /// again.
  func wake()

  /// Why nothing can fire, if the system has given no thread for that. Each call asks the system again.
  func threadShortage() -> ThreadShortage?
}

extension TimeSource {
  package func threadShortage() -> ThreadShortage? { nil }

  /// Lets the entry fire at `instant`, or at once if that has passed; an entry that is armed already moves.
  package func arm(_ entry: any TimerEntry, at instant: Int64) {
    let queue = queue
    if queue.lock.withLock({ queue.insert(entry, at: instant) }) { wake() }
  }

  /// Returns whether the entry was still armed, and will therefore not fire.
  @discardableResult package func cancel(_ entry: any TimerEntry) -> Bool {
    let queue = queue
    return queue.lock.withLock { queue.remove(entry) }
  }
}

/// An entry in the queue of timers. It knows its place among the others, so that taking it out needs no search.
@usableFromInline package protocol TimerEntry: AnyObject, Sendable {
  /// The place, or -1 for none; touched under the queue's lock only.
  var timerPosition: Int { get set }

  /// Runs outside of any lock, soon after the time has come.
  func timerFired()

  /// The errands to which a thread that serves all runtimes leaves the firing, if that runs users' code.
  var errands: Errands? { get }

  /// The process of the timer and its purpose, for people to read.
  var sleeper: Sleeper { get }
}

extension TimerEntry {
  package var sleeper: Sleeper { Sleeper(nil, "timer") }
  @usableFromInline package var errands: Errands? { nil }
}

/// The process and the purpose behind a timer.
@usableFromInline package struct Sleeper: Sendable {
  package let process: ProcessCore?
  package let purpose: String

  package init(_ process: ProcessCore?, _ purpose: String) {
    self.process = process
    self.purpose = purpose
  }
}

extension Runtime {
  /// The waits for an instant, the earliest first.
  package var sleepers: [(instant: Int64, sleeper: Sleeper)] {
    let processes = table.all
    return timeSource.queue.all.map { instant, entry in (instant, Self.sleeper(of: entry, among: processes)) }
  }

  package func sleeper(of entry: any TimerEntry) -> Sleeper { Self.sleeper(of: entry, among: table.all) }

  private static func sleeper(of entry: any TimerEntry, among processes: [ProcessCore]) -> Sleeper {
    let sleeper = entry.sleeper
    if sleeper.process != nil { return sleeper }
    let owner = processes.first { $0.owns(entry) }
    return Sleeper(owner, owner != nil && entry is Waiter ? "receive" : sleeper.purpose)
  }
}

extension ProcessCore {
  fileprivate final func owns(_ entry: any TimerEntry) -> Bool {
    if let timer = entry as? OwnedTimer {
      return lock.withLock { relations?.timers.map { timers in timer.withTimers { $0 === timers } } ?? false }
    }
    return (self as? RawProcessCore)?.receives(as: entry) ?? false
  }
}
