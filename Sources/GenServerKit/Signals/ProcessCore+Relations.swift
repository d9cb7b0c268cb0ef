// Access to the `Relations` of a process, which are made when first needed and go with the process.
extension ProcessCore {
  /// Called under the lock.
  final var relations: Relations? { heldRelations?.takeUnretainedValue() }

  /// The same without counting a reference.
  @inline(__always) final func withRelations<Result>(_ body: (Relations) -> Result?) -> Result? {
    heldRelations?._withUnsafeGuaranteedRef(body)
  }

  /// The timers of the process. A timer that is started for a process that has ended is over at once.
  final var timers: OwnedTimers {
    let source = runtime.timeSource
    return lock.withLock { isClosed ? nil : relationsUnderLock().timers(by: source) } ?? .closed(source)
  }

  /// Starts a timer, which is prepared before it is started. Called by the process itself, always for the same kind of
  /// timer.
  @inline(__always) final func startTimer<Timer: OwnedTimer>(
    _ schedule: TimerSchedule, make: (OwnedTimers) -> Timer, prepare: (Timer) -> Void
  ) -> TimerReference {
    // The one counted reference is handed on to the caller.
    let timer = Unmanaged.passRetained(reusedTimer(or: make))
    timer._withUnsafeGuaranteedRef { timer in
      prepare(timer)
      timer.start(schedule)
    }
    return TimerReference(timer.takeRetainedValue())
  }

  /// Returns a timer that is over and that nothing refers to any more, or a new one.
  @inline(__always) private final func reusedTimer<Timer: OwnedTimer>(or make: (OwnedTimers) -> Timer) -> Timer {
    lock.lock()
    let spare = withRelations { relations in
      isKnownUniquelyReferenced(&relations.spareTimer) ? relations.spareTimer : nil
    }
    lock.unlock()
    if let spare { return unsafeDowncast(spare, to: Timer.self) }
    let new = make(timers)
    lock.withLock { if !isClosed, let relations, relations.spareTimer == nil { relations.spareTimer = new } }
    return new
  }

  /// Returns the relations, and makes them if needed. Called under the lock.
  final func relationsUnderLock() -> Relations {
    if let relations { return relations }
    let new = Relations(of: self)
    heldRelations = Unmanaged.passRetained(new)
    return new
  }

  /// The same without counting a reference.
  @inline(__always) final func withMadeRelations(_ body: (Relations) -> Void) {
    if let heldRelations { return heldRelations._withUnsafeGuaranteedRef(body) }
    body(relationsUnderLock())
  }
}
