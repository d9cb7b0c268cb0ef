@testable import GenServerKit

/// One call's answer as the explorer sees it: the node with its real steps, who holds it, the watch, and the one who waits.
struct ReplyModel: Hashable {
  enum Outcome: Hashable {
    case answered
    case timedOut
    case cancelled
    case exited
    case dropped

    /// Whether the caller has left without an answer that could still come.
    var isAbandoned: Bool { self == .timedOut || self == .cancelled }
  }

  enum Parking: Hashable {
    case nothing
    case continuation
    case outcome
  }

  enum Watch: Hashable {
    case none
    case active
    /// Nobody hears of the caller any more.
    case over
    /// Who watches has heard that the caller gave up.
    case told
  }

  struct Local: Hashable {
    var handles = 0
    /// Whose call this thread's handles are for.
    var generation = 0
    /// What it has read of the state.
    var seen: ReplyState?
    /// Whether the last question was answered with yes: is this the only reference, was this outcome the first.
    var flag = false
    /// Whether it let go of the last reference, and the answer was not there.
    var hasLost = false
    /// What `reply` has returned.
    var isTaken: Bool?
    var watch = Watch.none
  }

  // The node.
  var state = ReplyState.open
  /// How often it was made ready for another call.
  var generation = 0
  var isFreed = false
  var value: Int?
  var hasSink = false
  /// Whether there is an object for watches, and how that is over.
  var hasWatch = false
  var watchEnd: Watch?

  // The one who waits.
  var first: Outcome?
  var parking = Parking.nothing
  var isResumed = false
  var hasLeft = false
  /// Whether it knows of the watch.
  var knowsWatch = false
  var isArmed = false
  /// Holds the node when it was answered.
  var holdsAnswer = false
  var result: Outcome?
  var resultValue: Int?

  // The process that is called.
  var word = RunRight.running
  var isOver = false
  var isObserved = false

  var locals: [Local]

  /// With as many references to the node as each thread begins with.
  init(handles: [Int]) {
    locals = handles.map { handles in
      var local = Local()
      local.handles = handles
      return local
    }
  }

  // Who holds the node.

  var references: Int { locals.reduce(holdsAnswer ? 1 : 0) { $0 + $1.handles } }

  /// Before the node is touched.
  func touch(by me: Int) throws {
    if isFreed { throw Violation(.useAfterEnd, "the node has been freed") }
    if locals[me].generation != generation { throw Violation(.useAfterEnd, "the node serves another call") }
  }

  /// Whether this was the last reference, and no answer is there.
  mutating func drop(by me: Int) -> Bool {
    locals[me].handles -= 1
    guard references == 0 else { return false }
    isFreed = true
    return hasSink && state.isLost
  }

  /// For the next call of the thread's.
  mutating func rewind() throws {
    if references > 1 { throw Violation(.useAfterEnd, "others hold a node that is used again") }
    generation += 1
    state = .open
    value = nil
    hasSink = false
  }

  mutating func write(by me: Int) throws {
    try touch(by: me)
    if value != nil { throw Violation(.doubleOutcome, "an answer is written over another") }
    value = me
  }

  // The watch.

  mutating func endWatch(told: Bool = false) {
    guard hasWatch, watchEnd == nil else { return }
    let end = told ? Watch.told : .over
    watchEnd = end
    for index in locals.indices where locals[index].watch == .active { locals[index].watch = end }
  }

  /// Who comes when the watch is over hears what the others have heard.
  mutating func addWatch(of me: Int) {
    hasWatch = true
    locals[me].watch = watchEnd ?? .active
  }

  /// When nobody else holds the node.
  mutating func dropWatch() {
    endWatch()
    hasWatch = false
    watchEnd = nil
  }

  // What must hold.

  func check() throws {
    let taken = locals.indices.filter { locals[$0].isTaken == true }
    if taken.count > 1 { throw Violation(.doubleOutcome, "two answers were taken") }
    guard let result else { return }
    if let taken = taken.first, resultValue != taken {
      throw Violation(.lostAnswer, "an answer was taken, and the caller has none: \(result)")
    }
    if result == .answered, resultValue == nil { throw Violation(.wrongOutcome, "the answer is not there") }
  }

  func checkEnd() throws {
    guard let result else { return }
    for local in locals {
      switch local.watch {
      case .active: throw Violation(.leftOver, "a watch is left over when the call has ended: \(result)")
      case .told where !result.isAbandoned:
        throw Violation(.wrongOutcome, "a watch tells that the caller gave up, and it has not: \(result)")
      default: break
      }
    }
    if hasSink, result.isAbandoned || result == .exited, state.has(.left), !state.has(.done), !hasLeft {
      throw Violation(.wrongOutcome, "the caller does not know that the handler has left")
    }
  }
}
