@testable import GenServerKit

/// A process as the explorer sees it: the run right with its real steps, a mailbox, the scheduler's queue, and who waits.
struct RunRightModel: Hashable {
  enum Message: Hashable {
    case cast(from: Int)
    case call(from: Int)
    /// A call whose handler answers and stops.
    case lastCall(from: Int)
    case suspend
    case resume
    case stop

    var isSystem: Bool { self == .suspend || self == .resume || self == .stop }
  }

  enum Outcome: Hashable {
    case answered
    case exited
    case noProcess
    /// As after a lost handle.
    case dropped
  }

  /// What a thread knows for itself.
  struct Local: Hashable {
    /// Casts of this thread that are in the mailbox or have been.
    var sent = 0
    /// Those of them that have been handled.
    var handled = 0
    /// Whether its call has been handled.
    var isCallHandled = false
    var outcome: Outcome?
    /// Whether this thread has the run right.
    var holds = false
    /// Whether it has put a message in of which the holder has to be told.
    var mustTell = false
    /// Whether it took the run right when it put a message in, and will hand it to the scheduler.
    var mustSubmit = false
    /// The message whose handler it runs, or ran last.
    var current: Message?
    /// Whether an exit signal came before the end that it brings about.
    var isOvertaken = false
    /// What it has read of the word that the run right goes back to.
    var idleRead: RunRight?
  }

  var word: RunRight
  var idleWord: RunRight
  var lockedBy: Int?
  var inbox: [Message] = []
  var batch: [Message] = []
  var isClosed = false
  var isOver = false
  var isToldToExit = false
  var isSuspended = false
  var lentBeforeSuspension = false
  /// How often the process lies in the scheduler's queue: each time with the run right.
  var queued = 0
  /// An activation that has the run right and has not begun.
  var activation: Message?
  /// Whoever runs it begins with the duty to arm the timer.
  var hasDuty = false
  var isTimerArmed = false
  /// Who runs a handler.
  var handling: Int?
  /// Whether the process has ended, and so keeps its run right for ever.
  var isKept = false
  var observers: [Int] = []
  var locals: [Local]

  init(threads: Int, lends: Bool) {
    word = lends ? .idle : .idleNotLending
    idleWord = word
    locals = Array(repeating: Local(), count: threads)
  }

  // The run right.

  /// How many have it: threads, the scheduler's queue, an activation that has not begun, a process that has ended.
  var holders: Int { locals.count { $0.holds } + queued + (activation == nil ? 0 : 1) + (isKept ? 1 : 0) }

  /// The thread gets the run right if the step is possible.
  mutating func take(_ step: RunRight.Exchange, by me: Int) -> Bool {
    guard let next = step.applied(to: word) else { return false }
    word = next
    locals[me].holds = true
    return true
  }

  /// The thread lets go of the run right if the step is possible.
  mutating func letGo(_ step: RunRight.Exchange, by me: Int) -> Bool {
    guard let next = step.applied(to: word) else { return false }
    word = next
    locals[me].holds = false
    return true
  }

  /// True if the thread has the run right now.
  mutating func mark(_ marks: RunRight, by me: Int) -> Bool {
    let step = word.marking(marks)
    if let next = step.next { word = next }
    if step.takesRunRight { locals[me].holds = true }
    return step.takesRunRight
  }

  mutating func submit(by me: Int) {
    locals[me].holds = false
    queued += 1
  }

  // The handlers.

  mutating func beginHandling(_ message: Message, by me: Int) throws {
    if let other = handling, other != me { throw Violation(.twoHolders, "two handlers run at once") }
    if isOver { throw Violation(.useAfterEnd, "a handler runs after the end") }
    if isSuspended, !message.isSystem { throw Violation(.runsSuspended, "a handler runs although it is suspended") }
    handling = me
    switch message {
    case .cast(let sender): locals[sender].handled += 1
    case .call(let caller), .lastCall(let caller):
      if locals[caller].handled < locals[caller].sent {
        throw Violation(.overtaking, "a call is handled before the cast that its caller sent first")
      }
      if locals[caller].isCallHandled { throw Violation(.doubleOutcome, "a call is handled twice") }
      locals[caller].isCallHandled = true
    case .suspend: suspend()
    case .resume: resume()
    case .stop: break
    }
  }

  mutating func endHandling(_ message: Message) {
    handling = nil
    if case .call(let caller) = message { resolve(caller, .answered) }
  }

  /// The first outcome of a wait counts.
  mutating func resolve(_ thread: Int, _ outcome: Outcome) {
    if locals[thread].outcome == nil { locals[thread].outcome = outcome }
  }

  private mutating func suspend() {
    if isSuspended { return }
    isSuspended = true
    lentBeforeSuspension = idleWord == .idle
    idleWord = .idleNotLending
    inbox = batch + inbox
    batch = []
  }

  private mutating func resume() {
    guard isSuspended else { return }
    isSuspended = false
    if lentBeforeSuspension { idleWord = .idle }
  }

  // What must hold.

  var hasWork: Bool {
    if hasDuty && word != .hibernating { return true }
    let waiting = inbox + batch
    return isSuspended ? waiting.contains { $0.isSystem } : !waiting.isEmpty
  }

  func check() throws {
    if holders > 1 { throw Violation(.twoHolders, "\(holders) have the run right") }
    if word.isHeld, holders == 0 { throw Violation(.lostWakeUp, "the word says that it runs, and nobody runs it") }
    if !word.isHeld, holders > 0 { throw Violation(.twoHolders, "the word says that it is idle, and somebody runs it") }
    if !word.isHeld, !isOver, hasWork, !locals.contains(where: { $0.mustTell }) {
      throw Violation(.lostWakeUp, "it is idle, and its mailbox is not empty")
    }
  }

  func checkEnd() throws {
    if word.isHeld, !word.has(.dead) { throw Violation(.lostWakeUp, "it is never let go of") }
    if isToldToExit, !isOver { throw Violation(.lostWakeUp, "it was told to exit, and has not ended") }
    if isOver, !inbox.isEmpty || !batch.isEmpty {
      throw Violation(.leftOver, "messages lie in a process that has ended")
    }
    for local in locals where !isOver && !isSuspended && local.handled < local.sent {
      throw Violation(.lostWakeUp, "a cast was not handled")
    }
    for local in locals {
      switch local.outcome {
      case .answered where !local.isCallHandled: throw Violation(.wrongOutcome, "an answer without a handler")
      case .dropped: throw Violation(.wrongOutcome, "a caller hears of a lost handle, and the process has ended")
      case .exited where !isOver, .noProcess where !word.isDoomed:
        throw Violation(.wrongOutcome, "a caller hears of an end that has not come")
      default: break
      }
    }
  }
}
