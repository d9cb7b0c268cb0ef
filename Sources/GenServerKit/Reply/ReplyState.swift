/// The state of one call's answer, as a value.
///
/// Every step that a thread makes with it is a function here. It takes the word that the thread sees to the word that
/// it leaves, and says what the thread has to do then. `ReplyNode` makes the same steps with atomic instructions, and
/// the explorer of the tests makes them in every order.
@usableFromInline struct ReplyState: Hashable, Sendable {
  @usableFromInline let rawValue: UInt32

  @inlinable init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Nobody has answered, and nobody waits.
  @inlinable static var open: ReplyState { ReplyState(rawValue: 0) }
  /// A thread has the right to answer, and is about to.
  @inlinable static var claimed: ReplyState { ReplyState(rawValue: 1) }
  /// The value or the failure is there.
  @inlinable static var done: ReplyState { ReplyState(rawValue: 2) }
  /// The caller has published a sink and given up its reference.
  @inlinable static var waited: ReplyState { ReplyState(rawValue: 4) }
  /// The handler has returned without an answer.
  @inlinable static var left: ReplyState { ReplyState(rawValue: 8) }
  /// A server watches the caller. The answer of a lent run may wipe the mark out.
  @inlinable static var watched: ReplyState { ReplyState(rawValue: 16) }
  /// The word after the answer of a lent run, whose caller has published nothing yet. It is written by one store,
  /// whatever was there. This may take the mark of a watch away, so the caller looks for watches itself.
  @inlinable static var answered: ReplyState { claimed.with(.done) }

  @inlinable func has(_ marks: ReplyState) -> Bool { rawValue & marks.rawValue == marks.rawValue }
  @inlinable func with(_ marks: ReplyState) -> ReplyState { ReplyState(rawValue: rawValue | marks.rawValue) }
  @inlinable func without(_ marks: ReplyState) -> ReplyState { ReplyState(rawValue: rawValue & ~marks.rawValue) }
}

// The steps.
extension ReplyState {
  /// The word after a step, and what has to be done then.
  struct Step<Effect> {
    let next: ReplyState
    let effect: Effect
  }

  /// A thread claims the right to answer. Nil if another thread has answered, or is about to.
  func claiming() -> ReplyState? { has(.claimed) ? nil : with(.claimed) }

  /// The claimed answer is given up.
  func reopening() -> ReplyState { without(.claimed) }

  enum Publication: Hashable {
    /// The caller has published nothing to tell; it will find the answer. A watch is over.
    case isFound(endsWatch: Bool)
    /// The sink is told. If nobody wants the answer any more, the answering side has to end the watch.
    case isTold(isWatched: Bool)
  }

  /// The value or the failure is there.
  func publishing() -> Step<Publication> {
    Step(
      next: with(.done),
      effect: has(.waited) ? .isTold(isWatched: has(.watched)) : .isFound(endsWatch: has(.watched)))
  }

  /// The handler returns without an answer. The effect is whether the sink is told that anybody may give it now.
  func leaving() -> Step<Bool> { Step(next: with(.left), effect: has(.waited) && !has(.done)) }

  struct Attachment: Hashable {
    /// Whether the answer is still to come.
    let isPending: Bool
    /// Whether the handler has returned without the answer.
    let hasLeft: Bool
    /// Whether there is a watch of which the sink has to know.
    let isWatched: Bool
  }

  /// The caller has published a sink.
  func attaching() -> Step<Attachment> {
    Step(
      next: with(.waited), effect: Attachment(isPending: !has(.done), hasLeft: has(.left), isWatched: has(.watched)))
  }

  enum Watching: Hashable {
    /// The answer is there: the watch is over.
    case isOver
    /// The sink is told of the watch.
    case isTold
    /// The caller has published no sink yet, and will find the watch when it does.
    case isFound
  }

  /// A server has put its watch where the caller finds it.
  func watching() -> Step<Watching> {
    Step(next: with(.watched), effect: has(.done) ? .isOver : has(.waited) ? .isTold : .isFound)
  }

  /// Whether the answer is lost when nobody holds the node any more: a client that waits will then never get one.
  var isLost: Bool { !has(.done) }
}
