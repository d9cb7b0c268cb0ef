internal import Synchronization

/// A timer that fires once or at intervals, and ends with its owner: usually it sends a message to the process that
/// owns it.
///
/// Subclasses say what happens. The state decides between sending and cancelling: the sending thread claims the timer
/// under the lock under which the message appears, so that a timer that is over has already sent all that it will ever
/// send, and a timer that was cancelled sends nothing.
@usableFromInline class OwnedTimer: TimerEntry, @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked. The fields that change are touched under the queue's
  // lock.
  private enum State {
    static let armed: UInt8 = 0
    /// Armed, and the last message of a repeated timer is still in the mailbox.
    static let waiting: UInt8 = 1
    /// Sent, cancelled, or ended with the owner.
    static let over: UInt8 = 2
  }

  /// The owner's timers, retained. They are read without counting a reference, as the timer holds one.
  private final let timers: Unmanaged<OwnedTimers>

  @exclusivity(unchecked) @usableFromInline package final var timerPosition = -1
  @exclusivity(unchecked) final var place = ListPlace<OwnedTimer>()
  @exclusivity(unchecked) final var instant: Int64 = 0
  /// Zero for once.
  @exclusivity(unchecked) final var interval: Int64 = 0
  /// Whether the timer is firing, so that what it holds has to stay.
  @exclusivity(unchecked) final var isFiring = false
  private final let state = Atomic<UInt8>(State.over)

  init(_ timers: OwnedTimers) { self.timers = .passRetained(timers) }

  deinit { timers.release() }

  @inline(__always) final func withTimers<Result>(_ body: (OwnedTimers) -> Result) -> Result {
    timers._withUnsafeGuaranteedRef(body)
  }

  // The decision between sending and cancelling.

  final var isOver: Bool { state.load(ordering: .acquiring) == State.over }

  /// Whether the last message still lies in the mailbox.
  final var hasMessageWaiting: Bool { state.load(ordering: .acquiring) == State.waiting }

  /// Called by the sending thread, under the lock of the mailbox into which the message goes. Returns false if the
  /// message must not be sent: the timer was cancelled, or its last message is still there. `leavesMessage` is false
  /// for a timer that does something other than putting a message into a mailbox.
  final func claims(leavesMessage: Bool = true) -> Bool {
    let next = interval == 0 ? State.over : leavesMessage ? State.waiting : State.armed
    return state.compareExchange(expected: State.armed, desired: next, ordering: .acquiringAndReleasing).exchanged
  }

  /// Called for the message of a repeated timer when it leaves the mailbox. Returns false if the timer was cancelled
  /// while the message lay there.
  final func leavesMailbox() -> Bool {
    state.compareExchange(expected: State.waiting, desired: State.armed, ordering: .acquiringAndReleasing).exchanged
  }

  /// Arms the timer. Called under the queue's lock, before the timer is put into the queue.
  final func begins() { state.store(State.armed, ordering: .releasing) }

  /// Ends the timer. Called under the queue's lock. Returns false if the timer was over already.
  final func ends() -> Bool { state.exchange(State.over, ordering: .acquiringAndReleasing) != State.over }

  /// The tick that goes with the next message.
  final var nextTick: TimerTick? { interval == 0 ? nil : TimerTick(of: self) }

  // The parts that subclasses define.

  /// Whether a planted fault makes cancelling do nothing.
  var firesAnyway: Bool { false }

  @usableFromInline package var sleeper: Sleeper { Sleeper(nil, "timer") }

  /// The errands to which firing is left if it runs users' code. Until it has run the timer is not over, and can be
  /// cancelled.
  @usableFromInline package var errands: Errands? { nil }

  /// Fires the timer, and sends what `claims` allows. Called outside of any lock, and never twice at a time.
  func fire() {}

  /// Lets go of what the timer was to send: the timer is over, and something may keep the reference.
  func forget() {}
}

/// A timer that runs an arbitrary action.
final class ActionTimer: OwnedTimer, @unchecked Sendable {
  // Unchecked: inherited; touched by the thread that has taken the timer off its list, or fires it.
  enum Action: Sendable {
    case act(@Sendable () -> Void)
    /// The action claims the timer itself, where it sends.
    case send(@Sendable (OwnedTimer) -> Void)
  }

  private var action: Action?
  private let ownErrands: Errands?

  /// Makes the timer; an action that runs users' code needs `errands`.
  init(_ timers: OwnedTimers, errands: Errands? = nil, _ action: Action?) {
    self.action = action
    ownErrands = errands
    super.init(timers)
  }

  override var errands: Errands? { ownErrands }

  override func fire() {
    switch action {
    case nil: break
    case .act(let act)?: if claims(leavesMessage: false) { act() }
    case .send(let send)?: send(self)
    }
  }

  override func forget() { action = nil }
}
