/// Where a runtime gets its time and its timers from: the system's clock, a test's, or a simulation's.
///
/// Instants are nanoseconds of the clock behind `ContinuousClock`.
package protocol TimeSource: AnyObject, Sendable {
  func now() -> Int64
  func wallTime() -> Timestamp

  /// Lets the entry fire at `instant`, or at once if that has passed; an entry that is armed already moves.
  func arm(_ entry: any TimerEntry, at instant: Int64)

  /// Returns whether the entry was still armed, and will therefore not fire.
  @discardableResult func cancel(_ entry: any TimerEntry) -> Bool
}

/// Something that happens at a later time. It knows its place among the others, so that taking it out needs no search.
@usableFromInline package protocol TimerEntry: AnyObject, Sendable {
  /// The place, or -1 for none; touched under the time source's lock only.
  var timerPosition: Int { get set }

  /// Runs outside of any lock, soon after the time has come.
  func timerFired()
}
