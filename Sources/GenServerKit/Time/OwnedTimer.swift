/// Something that happens later, once or at intervals, and ends with its owner: mostly a message for a process, which
/// owns it.
///
/// Subclasses say what happens. It is over for whoever takes it off its owner's list: the one who fires it for the last
/// time, cancels it, or ends the owner.
@usableFromInline class OwnedTimer: TimerEntry, @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked. What can change is touched under the queue's lock.
  /// Retained. Read without counting a reference, as the timer holds one.
  private final let timers: Unmanaged<OwnedTimers>

  @exclusivity(unchecked) @usableFromInline package final var timerPosition = -1
  @exclusivity(unchecked) final var place = ListPlace<OwnedTimer>()
  @exclusivity(unchecked) final var instant: Int64 = 0
  /// Zero for once.
  @exclusivity(unchecked) final var interval: Int64 = 0
  /// Whether what it holds is just being used, and has to stay.
  @exclusivity(unchecked) final var isFiring = false

  init(_ timers: OwnedTimers) { self.timers = .passRetained(timers) }

  deinit { timers.release() }

  @inline(__always) final func withTimers<Result>(_ body: (OwnedTimers) -> Result) -> Result {
    timers._withUnsafeGuaranteedRef(body)
  }

  /// Whether cancelling it is planted to do nothing.
  var firesAnyway: Bool { false }

  @usableFromInline package var sleeper: Sleeper { Sleeper(nil, "timer") }

  /// What firing is left to where it runs users' code. Until it is done the timer is not over, and can be cancelled.
  @usableFromInline package var errands: Errands? { nil }

  /// Outside of any lock, and never twice at a time.
  func fire() {}

  /// Lets go of what it was to do: the timer is over, and somebody may keep the reference.
  func forget() {}
}

/// One that does anything at all.
final class ActionTimer: OwnedTimer, @unchecked Sendable {
  // Unchecked: inherited; touched by who has taken the timer off its list, or fires it.
  private var action: (@Sendable () -> Void)?
  private let ownErrands: Errands?

  /// With `errands` for an action that runs users' code.
  init(_ timers: OwnedTimers, errands: Errands? = nil, _ action: (@Sendable () -> Void)?) {
    self.action = action
    ownErrands = errands
    super.init(timers)
  }

  override var errands: Errands? { ownErrands }

  override func fire() { action?() }
  override func forget() { action = nil }
}
