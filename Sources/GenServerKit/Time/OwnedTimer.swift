internal import Synchronization

/// Something that happens later, once or at intervals, and ends with its owner: mostly a message for a process, which
/// owns it.
///
/// Subclasses say what happens. Its state decides between the one who sends and the one who cancels: who sends claims the
/// timer under the lock under which the message appears, so that a timer which is over has sent already what it will
/// ever send, and one which was cancelled sends nothing.
@usableFromInline class OwnedTimer: TimerEntry, @unchecked Sendable {
  // Unchecked: a class that others inherit from cannot be checked. What can change is touched under the queue's lock.
  private enum State {
    static let armed: UInt8 = 0
    /// Armed, and the last message of a repeated timer is still in the mailbox.
    static let waiting: UInt8 = 1
    /// Sent, cancelled, or ended with the owner.
    static let over: UInt8 = 2
  }

  /// Retained. Read without counting a reference, as the timer holds one.
  private final let timers: Unmanaged<OwnedTimers>

  @exclusivity(unchecked) @usableFromInline package final var timerPosition = -1
  @exclusivity(unchecked) final var place = ListPlace<OwnedTimer>()
  @exclusivity(unchecked) final var instant: Int64 = 0
  /// Zero for once.
  @exclusivity(unchecked) final var interval: Int64 = 0
  /// Whether what it holds is just being used, and has to stay.
  @exclusivity(unchecked) final var isFiring = false
  private final let state = Atomic<UInt8>(State.over)

  init(_ timers: OwnedTimers) { self.timers = .passRetained(timers) }

  deinit { timers.release() }

  @inline(__always) final func withTimers<Result>(_ body: (OwnedTimers) -> Result) -> Result {
    timers._withUnsafeGuaranteedRef(body)
  }

  // Between the one who sends and the one who cancels.

  final var isOver: Bool { state.load(ordering: .acquiring) == State.over }

  /// Whether the last message still lies in the mailbox.
  final var hasMessageWaiting: Bool { state.load(ordering: .acquiring) == State.waiting }

  /// By who sends the message, under the lock of the mailbox that it comes into. False if it is not to be sent: the timer
  /// was cancelled, or its last message is still there. What is no message in a mailbox leaves nothing there.
  final func claims(leavesMessage: Bool = true) -> Bool {
    let next = interval == 0 ? State.over : leavesMessage ? State.waiting : State.armed
    return state.compareExchange(expected: State.armed, desired: next, ordering: .acquiringAndReleasing).exchanged
  }

  /// By the message of a repeated timer. False if the timer was cancelled while it lay in the mailbox.
  final func leavesMailbox() -> Bool {
    state.compareExchange(expected: State.waiting, desired: State.armed, ordering: .acquiringAndReleasing).exchanged
  }

  /// Under the queue's lock, before it is put into the queue.
  final func begins() { state.store(State.armed, ordering: .releasing) }

  /// Under the queue's lock. False if it was over already.
  final func ends() -> Bool { state.exchange(State.over, ordering: .acquiringAndReleasing) != State.over }

  /// What is to go with the next message.
  final var nextTick: TimerTick? { interval == 0 ? nil : TimerTick(of: self) }

  // What subclasses say.

  /// Whether cancelling it is planted to do nothing.
  var firesAnyway: Bool { false }

  @usableFromInline package var sleeper: Sleeper { Sleeper(nil, "timer") }

  /// What firing is left to where it runs users' code. Until it is done the timer is not over, and can be cancelled.
  @usableFromInline package var errands: Errands? { nil }

  /// Outside of any lock, and never twice at a time. Sends what `claims` allows.
  func fire() {}

  /// Lets go of what it was to do: the timer is over, and somebody may keep the reference.
  func forget() {}
}

/// One that does anything at all.
final class ActionTimer: OwnedTimer, @unchecked Sendable {
  // Unchecked: inherited; touched by who has taken the timer off its list, or fires it.
  enum Action: Sendable {
    case act(@Sendable () -> Void)
    /// Claims the timer itself, where it sends.
    case send(@Sendable (OwnedTimer) -> Void)
  }

  private var action: Action?
  private let ownErrands: Errands?

  /// With `errands` for an action that runs users' code.
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
