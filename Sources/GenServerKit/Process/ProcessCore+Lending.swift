private import GenServerKitC
internal import Synchronization

/// The rule that decides whether callers may run a process.
enum LendingRule {
  case never
  /// The process earns it by short calls.
  case earned
  case always
  /// The scheduler is asked for each call; the idle word of the process says that it does not lend.
  case asked

  init(_ option: StartOption.CallsInPlace, isAsked: Bool) {
    switch option {
    case .never: self = .never
    case .whenFast: self = isAsked ? .asked : .earned
    case .always: self = isAsked ? .asked : .always
    }
  }
}

extension ProcessCore {
  /// How a call on the scheduler's thread is timed: by the clock while the process earns the right to borrow threads,
  /// by the watchdog once it has that right.
  @usableFromInline enum CallTiming {
    case none
    case clock(start: Int64)
    case watched(ticket: UInt32)
  }

  @usableFromInline final func beginCall() -> CallTiming {
    guard lending == .earned else { return .none }
    return lends ? .watched(ticket: watchRun()) : .clock(start: clock())
  }

  @usableFromInline final func endCall(_ timing: CallTiming) {
    switch timing {
    case .none: break
    case .clock(let start): earn(after: clock() - start)
    case .watched(let ticket): endWatchedRun(ticket)
    }
  }

  /// Ends the timing of a handler that was not there or that has thrown: its time shows nothing.
  @usableFromInline final func abandonCall(_ timing: CallTiming) {
    if case .watched(let ticket) = timing { endWatchedRun(ticket) }
  }

  /// Lets the watchdog time what the thread does from now on. Returns a ticket, with which the same thread ends the
  /// timing. There is no fence: a watchdog that falls asleep at this very moment misses one run, and sees the next.
  final func watchRun() -> UInt32 {
    gs_thread_next_run()
    let ticket = gs_thread_begin_run()
    Watchdog.runBegins()
    return ticket
  }

  final func endWatchedRun(_ ticket: UInt32) {
    if gs_thread_end_run(ticket) { stopsLending() }
  }

  /// Whether the clock has to time a call that may leave its thread.
  @usableFromInline final var isEarning: Bool { lending == .earned && !lends }

  /// Whether the watchdog is to time an activation on the thread on which it begins; a lent run is timed already.
  final var isWatched: Bool { lending == .earned && lends && !isLent }

  @usableFromInline final func clock() -> Int64 { runtime.monotonicNow() }

  /// Counts a call that the scheduler ran: four in a row under 50 µs earn the right to lend, for this process and for
  /// those of its type that start later.
  @usableFromInline final func earn(after time: Int64) {
    guard time < 50_000 else {
      fastRuns = 0
      kind.lostLending()
      return
    }
    fastRuns += 1
    guard fastRuns >= 4 else { return }
    fastRuns = 0
    lendsFromNowOn()
    kind.earnedLending()
  }

  final func lendsFromNowOn() { idleWord.store(RunRight.idle.rawValue, ordering: .relaxed) }

  @inline(never) final func stopsLending() {
    guard lending == .earned else { return }
    idleWord.store(RunRight.idleNotLending.rawValue, ordering: .relaxed)
    kind.lostLending()
  }

  /// Stops lending while the slow loop runs the process.
  final func holdLending() {
    lentBeforeFlags = lends
    idleWord.store(RunRight.idleNotLending.rawValue, ordering: .relaxed)
  }

  final func resumeLending() { if lentBeforeFlags { lendsFromNowOn() } }

  /// Takes the run right of an idle process for a caller, if the scheduler allows it.
  final func borrowIfAllowed() -> Bool {
    guard word.load(ordering: .relaxed) == RunRight.idleNotLending.rawValue,
      runtime.scheduler.allowsLending(to: self), takes(by: .takingUnlent)
    else { return false }
    if !isFlagged { return true }
    if !release() { submit() }
    return false
  }

  package final var lends: Bool { idleWord.load(ordering: .relaxed) == RunRight.idle.rawValue }
}
