/// The effect of an exit signal on the process that receives it, as with `erlang:exit/2` and links in OTP.
enum ExitSignal {
  enum Effect: Equatable {
    case ignored
    case message
    case end
  }

  /// A kill ends any process. A trapped signal becomes a message, even `normal`. A signal that is not trapped ends the
  /// process, unless it is a `normal` that another process sent.
  static func effect(of reason: ExitReason, isKill: Bool, isTrapped: Bool, isOwn: Bool) -> Effect {
    if isKill { return .end }
    if isTrapped { return .message }
    if case .normal = reason, !isOwn { return .ignored }
    return .end
  }
}

extension ProcessCore {
  /// Receives an exit signal, from a link that has just gone or from a call of `exit`. The first signal that ends the
  /// process counts.
  package final func receiveExit(_ reason: ExitReason, from sender: ProcessCore?, isKill: Bool = false) {
    if let connection = kind.connection {
      return connection.signal(.exit(reason, from: sender.map { PID($0) }, isKill: isKill), to: self)
    }
    lock.lock()
    receiveExitUnderLock(reason, from: sender, isKill: isKill)
  }

  /// Receives the exit signal of a timer whose time has come, unless the timer was cancelled meanwhile. No process is
  /// its sender.
  final func receiveExit(_ reason: ExitReason, by timer: OwnedTimer) {
    if kind.connection != nil {
      if timer.claims(leavesMessage: false) { receiveExit(reason, from: nil, isKill: reason.isKill) }
      return
    }
    lock.lock()
    let (sends, wakes) = isSent(by: timer, leavesMessage: false)
    if sends { receiveExitUnderLock(reason, from: nil, isKill: reason.isKill) } else { lock.unlock() }
    if wakes { submit() }
  }

  /// Receives an exit signal, and lets go of the lock.
  final func receiveExitUnderLock(_ reason: ExitReason, from sender: ProcessCore?, isKill: Bool) {
    guard !isClosed, exitReason == nil else { return lock.unlock() }
    let effect = ExitSignal.effect(
      of: reason, isKill: isKill, isTrapped: relations?.trapsExits ?? false, isOwn: sender === self)
    switch effect {
    case .ignored: lock.unlock()
    // The message is put in without letting go of the lock: an `unlink` that comes after this finds the message there.
    case .message:
      _ = kind.postUnderLock(self, .exit(PID(sender ?? self), reason, translation: relations?.exitTranslation))
    case .end: endUnderLock(reason)
    }
  }

  /// Sets whether exit signals arrive as messages; returns whether they did before.
  @discardableResult package final func setTrapsExits(_ traps: Bool, translation: (any AnyObject & Sendable)? = nil)
    -> Bool
  {
    // The old translation is the user's closure, and is dropped after the lock is let go.
    let (did, old) = lock.withLock { () -> (Bool, (any AnyObject & Sendable)?) in
      if isOver || !traps && relations == nil { return (false, nil) }
      let relations = relationsUnderLock()
      let before = (relations.trapsExits, relations.exitTranslation)
      relations.trapsExits = traps
      relations.exitTranslation = translation
      return before
    }
    withExtendedLifetime(old) {}
    return did
  }

  package final var trapsExits: Bool { lock.withLock { relations?.trapsExits ?? false } }
  package final var parent: ProcessCore? { lock.withLock { relations?.parent } }

  /// Takes the link to the parent away before a start fails, so that the starter hears of the failure from the start
  /// alone.
  @usableFromInline final func leaveParent() {
    if let parent { unlink(from: parent) }
  }
}
