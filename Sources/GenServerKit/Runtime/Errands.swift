private import GenServerKitC

/// Work that runs users' code and comes up on a thread that serves all runtimes: a record for the log, a look-up in a
/// registry.
///
/// One thread fires the timers of all runtimes, and one watches all others. A log handler that blocked there would hold
/// up the timeouts of all runtimes. So such a thread leaves work that might block to a thread that belongs to the
/// runtime alone, which does one errand after the other, in the order in which they came up. On any other thread, a
/// test's and a simulation's among them, an errand is run at once, in place.
///
/// The thread is started when there is something to do and ends when there has been nothing for a second or two. If the
/// system gives none, the errands are run in place after all: late timers are better than none.
@usableFromInline package final class Errands: Sendable {
  typealias Errand = @Sendable () -> Void

  private struct State {
    var waiting: [Errand] = []
    var leftOut = 0
    /// Whether a thread runs errands, or is just being started.
    var isServed = false
  }

  private let state = Locked(State())
  private let event = Event()
  private let limit: Int
  private let threads: ThreadSource
  private let tellLeftOut: @Sendable (Int) -> Void

  private static let patience: Int64 = 1_000_000_000

  /// - Parameters:
  ///   - limit: How many errands may wait; further ones are dropped, and counted.
  ///   - tellLeftOut: Is told how many errands were dropped, once those that waited have been run.
  init(
    limit: Int = .max, threads: ThreadSource = .system, tellLeftOut: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.limit = limit
    self.threads = threads
    self.tellLeftOut = tellLeftOut
  }

  /// Runs the errand here, or later where the calling thread serves all runtimes.
  func run(_ errand: @escaping Errand) {
    if ThreadRecord.servesAllRuntimes { leave(errand) } else { errand() }
  }

  /// Leaves the errand to the runtime's own thread, whatever thread calls.
  func leave(_ errand: @escaping Errand) {
    let isFirst = state.withLock { state in
      guard state.waiting.count < limit else {
        state.leftOut += 1
        return false
      }
      state.waiting.append(errand)
      defer { state.isServed = true }
      return !state.isServed
    }
    guard isFirst else { return event.signal() }
    if threads.start(.errands, { [self] in serve(waits: true) }) != nil { serve(waits: false) }
  }

  private func serve(waits: Bool) {
    // A signal may be left from an errand that has been run already, so one wait that brings nothing is not enough.
    var waitsLeft = waits ? 2 : 0
    while true {
      let (errands, leftOut) = take()
      for errand in errands { errand() }
      if leftOut > 0 { tellLeftOut(leftOut) }
      if !errands.isEmpty {
        waitsLeft = waits ? 2 : 0
      } else if waitsLeft > 0 {
        waitsLeft -= 1
        event.wait(nanoseconds: Self.patience)
      } else if stopsServing() {
        return
      }
    }
  }

  private func take() -> (errands: [Errand], leftOut: Int) {
    state.withLock { state in
      defer {
        state.waiting = []
        state.leftOut = 0
      }
      return (state.waiting, state.leftOut)
    }
  }

  private func stopsServing() -> Bool {
    state.withLock { state in
      state.isServed = !state.waiting.isEmpty
      return !state.isServed
    }
  }
}
