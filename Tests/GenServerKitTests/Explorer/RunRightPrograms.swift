@testable import GenServerKit

/// The threads of the run right's model, step by step as in `ProcessCore` and `ServerProcess`.
///
/// A loop of compare-exchange over a function of the word is one step: it takes effect where the exchange succeeds, or
/// where a look finds that there is nothing to change. What is done under the lock and touches no word is one step too.
struct RunRightPrograms {
  typealias Model = RunRightModel
  typealias ModelStep = Step<RunRightModel>

  var fault: RunRightFault?

  // The mailbox.

  /// Puts a message in and tells the holder, as `enqueue` and `postUnderLock` do. Goes to `closed` if there is no process.
  private func putting(_ message: @escaping (Int) -> Model.Message, closed: String) -> [ModelStep] {
    let isLate = fault == .tellingOutsideLock
    let append = ModelStep("locks the mailbox and puts its message in") { model, me in
      guard model.lockedBy == nil else { return .wait }
      if model.isClosed { return .jump(closed) }
      model.lockedBy = me
      let message = message(me)
      model.inbox.append(message)
      if case .cast = message { model.locals[me].sent += 1 }
      model.locals[me].mustTell = model.inbox.count == 1 || message.isSystem && fault != .systemRequestTakesLast
      return .next
    }
    // Of the first message only, but of each request of the system.
    let tell = ModelStep("tells the holder") { model, me in
      guard model.locals[me].mustTell else { return .next }
      model.locals[me].mustTell = false
      switch fault {
      case .messageDoesNotTake: model.word = model.word.with(.messageMarks)
      case .messageTakesTwice:
        _ = model.mark(.messageMarks, by: me)
        model.locals[me].mustSubmit = true
        model.locals[me].holds = true
      default: model.locals[me].mustSubmit = model.mark(.messageMarks, by: me)
      }
      return .next
    }
    let unlock = ModelStep("unlocks the mailbox") { model, _ in
      model.lockedBy = nil
      return .next
    }
    return [append] + (isLate ? [unlock, tell] : [tell, unlock]) + [submitting]
  }

  private var submitting: ModelStep {
    ModelStep("hands the process to the scheduler if it has the run right") { model, me in
      if model.locals[me].mustSubmit { model.submit(by: me) }
      model.locals[me].mustSubmit = false
      return .next
    }
  }

  private func readingIdleWord(at label: String? = nil) -> ModelStep {
    ModelStep("reads what the word goes back to", at: label) { model, me in
      model.locals[me].idleRead = model.idleWord
      return .next
    }
  }

  /// Lets go by the word that was read.
  private func letsGo(_ model: inout Model, _ me: Int, stores: Bool = false) -> Bool {
    let step = RunRight.Exchange.lettingGo(to: model.locals[me].idleRead ?? model.idleWord)
    model.locals[me].idleRead = nil
    if stores {
      model.word = step.desired
      model.locals[me].holds = false
      return true
    }
    return model.letGo(step, by: me)
  }

  // Clients.

  /// Sends a cast.
  func casting() -> [ModelStep] {
    putting({ .cast(from: $0) }, closed: "sent") + [ModelStep("has sent", at: "sent") { _, _ in .next }]
  }

  /// Calls: in place if the process lends, else through the mailbox.
  func calling(startsActivation: Bool = false) -> [ModelStep] {
    [
      ModelStep("tries to take the run right") { model, me in
        if model.take(.borrowing, by: me) { return .next }
        if fault == .borrowingUnlent, model.take(.takingUnlent, by: me) { return .next }
        return .jump("queue")
      }
    ] + (startsActivation ? lendingToActivation() : lending()) + queueing()
  }

  /// Calls a process that does not lend, in place because the scheduler lets it.
  func callingByLeave() -> [ModelStep] {
    [
      ModelStep("is let, and tries to take the run right") { model, me in
        guard model.take(.takingUnlent, by: me) else { return .jump("queue") }
        return model.isSuspended && fault != .runningSuspended ? .next : .jump("lent")
      },
      readingIdleWord(),
      ModelStep("lets go of a suspended process") { model, me in
        if !letsGo(&model, me) { model.submit(by: me) }
        return .jump("queue")
      },
    ] + lending() + queueing()
  }

  private func queueing() -> [ModelStep] {
    [ModelStep("goes to the queue", at: "queue") { _, _ in .next }]
      + putting({ .call(from: $0) }, closed: "none") + observing()
      + [
        ModelStep("waits", at: "wait") { model, me in model.locals[me].outcome == nil ? .wait : .jump("leave") },
        ModelStep("finds no process", at: "none") { model, me in
          model.resolve(me, .noProcess)
          return .next
        },
        ModelStep("leaves the observers", at: "leave") { model, me in
          guard model.lockedBy == nil else { return .wait }
          model.observers.removeAll { $0 == me }
          return .next
        },
        ModelStep("goes on", at: "done") { _, _ in .end },
      ]
  }

  private func lending() -> [ModelStep] {
    [
      ModelStep("calls the handler", at: "lent") { model, me in
        try model.beginHandling(.call(from: me), by: me)
        return .next
      },
      ModelStep("has its answer") { model, me in
        // Nothing of the process runs after an exit signal: the answer is taken back, and the end told.
        if model.word.has(.exiting) { model.handling = nil } else { model.endHandling(.call(from: me)) }
        return .next
      },
      readingIdleWord(),
      ModelStep("gives the run right back") { model, me in
        letsGo(&model, me, stores: fault == .givingBackStores) ? .jump("given") : .next
      },
      ModelStep("hands the process to the scheduler") { model, me in
        model.submit(by: me)
        return .next
      },
      ModelStep("looks for its answer", at: "given") { model, me in
        model.locals[me].outcome == nil ? .jump("observe") : .jump("done")
      },
    ]
  }

  /// The handler is async: an activation gets the run right, and the caller has been held up too long.
  private func lendingToActivation() -> [ModelStep] {
    [
      ModelStep("starts an activation") { model, me in
        model.locals[me].holds = false
        model.activation = .call(from: me)
        return .next
      },
      ModelStep("takes the right to lend away") { model, _ in
        model.idleWord = .idleNotLending
        return .next
      },
      readingIdleWord(),
      ModelStep("leaves") { model, me in
        let idle = model.locals[me].idleRead ?? model.idleWord
        model.locals[me].idleRead = nil
        let step = fault == .lenderGivesBackTwice ? RunRight.Exchange.lettingGo(to: idle) : .ceasingToLend(to: idle)
        if let next = step.applied(to: model.word) { model.word = next }
        return .jump("observe")
      },
    ]
  }

  private func observing() -> [ModelStep] {
    [
      ModelStep("joins the observers", at: "observe") { model, me in
        guard model.lockedBy == nil else { return .wait }
        if model.isOver {
          model.resolve(me, .exited)
        } else {
          model.observers.append(me)
        }
        return .jump("wait")
      }
    ]
  }

  /// Calls a server that answers and stops, and casts when it has the answer.
  func callingLast() -> [ModelStep] {
    putting({ .lastCall(from: $0) }, closed: "none") + observing() + [
      ModelStep("waits for the last answer", at: "wait") { model, me in
        model.locals[me].outcome == nil ? .wait : .next
      },
      ModelStep("casts to a server that has stopped") { model, me in
        guard model.lockedBy == nil else { return .wait }
        if model.locals[me].outcome == .answered, !model.isClosed {
          throw Violation(.wrongOutcome, "a server that has given its last answer takes a cast")
        }
        return .end
      },
      ModelStep("finds no process", at: "none") { model, me in
        model.resolve(me, .noProcess)
        return .end
      },
    ]
  }

  /// A request of the system.
  func posting(_ message: Model.Message) -> [ModelStep] {
    putting({ _ in message }, closed: "sent") + [ModelStep("has posted", at: "sent") { _, _ in .next }]
  }

  func exiting() -> [ModelStep] {
    [
      ModelStep("locks the process and writes the reason") { model, me in
        guard model.lockedBy == nil else { return .wait }
        if model.isClosed { return .end }
        model.lockedBy = me
        model.isToldToExit = true
        return .next
      },
      ModelStep("sets the mark of the exit signal") { model, me in
        switch fault {
        case .exitDoesNotTake: model.word = model.word.with(.exitMarks)
        case .exitStores:
          model.word = RunRight.running.with(.exiting)
          model.locals[me].mustSubmit = true
          model.locals[me].holds = true
        default: model.locals[me].mustSubmit = model.mark(.exitMarks, by: me)
        }
        return .next
      },
      ModelStep("unlocks the process") { model, _ in
        model.lockedBy = nil
        return .next
      },
      submitting,
    ]
  }

  /// Ends an idle process here and now, or asks for the end.
  func stopping() -> [ModelStep] {
    [
      ModelStep("tries to take the run right of one that lends") { model, me in
        model.take(.borrowing, by: me) ? .jump("die") : .next
      },
      ModelStep("tries to take the run right of one that does not") { model, me in
        model.take(.takingUnlent, by: me) ? .jump("die") : .next
      },
      ModelStep("joins the observers") { model, me in
        guard model.lockedBy == nil else { return .wait }
        if model.isOver { return .end }
        model.observers.append(me)
        return .next
      },
    ] + putting({ _ in .stop }, closed: "asked")
      + [
        ModelStep("waits for the end", at: "asked") { model, me in
          model.locals[me].outcome == nil ? .wait : .end
        }
      ] + dying(then: .end)
  }

  // Those who run it.

  /// A thread of the scheduler.
  func working() -> [ModelStep] {
    [
      ModelStep("takes the process from the queue", at: "take") { model, me in
        if model.queued == 0 { return .wait }
        model.queued -= 1
        model.locals[me].holds = true
        return .next
      },
      ModelStep("looks for a duty") { model, me in
        guard model.hasDuty else { return .next }
        model.hasDuty = false
        model.isTimerArmed = true
        model.submit(by: me)
        return .jump("take")
      },
      ModelStep("looks what to do", at: "loop") { model, _ in
        if model.word.has(.exiting) { return .jump("die") }
        if model.isSuspended { return .jump("suspended") }
        return model.batch.isEmpty ? .next : .jump("handle")
      },
    ] + refilling() + [
      ModelStep("takes a message and calls its handler", at: "handle") { model, me in
        guard let first = model.batch.first else { return .jump("release") }
        model.batch.removeFirst()
        try model.beginHandling(first, by: me)
        if first == .stop { return .jump("stopped") }
        if case .lastCall = first {
          model.locals[me].current = first
          return .jump("stopped")
        }
        if fault == .lendingWhileSuspended, first == .suspend, model.lentBeforeSuspension { model.idleWord = .idle }
        if first.isSystem { model.handling = nil } else { model.locals[me].current = first }
        return first.isSystem ? .jump("loop") : .next
      },
      ModelStep("has the handler's answer") { model, me in
        guard let message = model.locals[me].current else { return .jump("loop") }
        model.locals[me].current = nil
        if model.word.has(.exiting) { model.handling = nil } else { model.endHandling(message) }
        return .jump("again")
      },
      ModelStep("looks again", at: "again") { model, _ in
        model.word.has(.exiting) || !model.batch.isEmpty || model.isSuspended ? .jump("loop") : .next
      },
      readingIdleWord(at: "release"),
      ModelStep("lets go") { model, me in
        letsGo(&model, me, stores: fault == .lettingGoStores) ? .jump("take") : .jump("loop")
      },
      // The slow loop of a suspended process.
      ModelStep("takes *more* away", at: "suspended") { model, _ in
        if !model.isSuspended || model.word.has(.exiting) { return .jump("loop") }
        model.word = model.word.without(.more)
        return .next
      },
      ModelStep("looks for a request of the system") { model, me in
        guard model.lockedBy == nil else { return .wait }
        guard let index = model.inbox.firstIndex(where: { $0.isSystem }) else { return .next }
        let message = model.inbox.remove(at: index)
        try model.beginHandling(message, by: me)
        if message == .stop { return .jump("stopped") }
        model.handling = nil
        return .jump("suspended")
      },
      readingIdleWord(),
      ModelStep("lets go of a suspended process") { model, me in
        letsGo(&model, me) ? .jump("take") : .jump("suspended")
      },
      ModelStep("is told to stop", at: "stopped") { model, _ in
        model.handling = nil
        return .next
      },
    ] + dying(then: .jump("take"))
  }

  private func refilling() -> [ModelStep] {
    let clear = ModelStep("takes *more* away") { model, _ in
      model.word = model.word.without(.more)
      return .next
    }
    let look = ModelStep("locks the mailbox and takes what is there") { model, _ in
      guard model.lockedBy == nil else { return .wait }
      model.batch += model.inbox
      model.inbox = []
      return .next
    }
    return fault == .clearingAfterLook ? [look, clear] : [clear, look]
  }

  /// An activation that a caller has started: it handles one message, and the scheduler gets what else came.
  func activating() -> [ModelStep] {
    [
      ModelStep("calls the async handler", at: "take") { model, me in
        guard let message = model.activation else { return .wait }
        model.activation = nil
        model.locals[me].holds = true
        try model.beginHandling(message, by: me)
        model.locals[me].current = message
        return .next
      },
      ModelStep("has the handler's answer") { model, me in
        guard let message = model.locals[me].current else { return .next }
        model.locals[me].current = nil
        if model.word.has(.exiting) { model.handling = nil } else { model.endHandling(message) }
        return .next
      },
      ModelStep("looks what to do") { model, me in
        if model.word.has(.exiting) { return .jump("die") }
        if !model.word.has(.more) { return .next }
        model.submit(by: me)
        return .jump("take")
      },
      readingIdleWord(),
      ModelStep("lets go") { model, me in
        if !letsGo(&model, me) { model.submit(by: me) }
        return .jump("take")
      },
    ] + dying(then: .jump("take"))
  }

  /// A timer that looks some times whether the process is idle.
  func noticing(looks: Int) -> [ModelStep] {
    let look: [ModelStep] = [
      ModelStep("fires, and looks whether nobody ran the process") { model, me in
        guard model.isTimerArmed else { return .wait }
        return model.take(.takingIdleForLong, by: me) ? .jump("hibernate") : .next
      }
    ]
    let notice = RunRight.Exchange.noticingIdleness.map { step in
      ModelStep("marks it if it is \(step.expected == .idle ? "idle" : "idle, not lending")") { model, _ in
        if fault == .noticingStores {
          model.word = step.desired
        } else if let next = step.applied(to: model.word) {
          model.word = next
        }
        return .next
      }
    }
    let looking = (0..<looks).flatMap { _ in look + notice }
    return looking + [
      ModelStep("is over") { _, _ in .end },
      ModelStep("gives up memory", at: "hibernate") { model, _ in
        if let other = model.handling { throw Violation(.twoHolders, "thread \(other) runs what gives up memory") }
        model.hasDuty = true
        model.isTimerArmed = false
        return .next
      },
      ModelStep("lets it hibernate") { model, me in
        if fault == .hibernatingStores {
          model.word = RunRight.Exchange.hibernatingNow.desired
          model.locals[me].holds = false
        } else if !model.letGo(.hibernatingNow, by: me) {
          model.submit(by: me)
        }
        return .end
      },
    ]
  }

  // The end.

  /// With the run right, which is never let go of again.
  private func dying(then move: Move) -> [ModelStep] {
    let mark = ModelStep("sets the mark of the end", at: "die") { model, _ in
      model.word = model.word.with(.ending)
      return .next
    }
    let close = ModelStep("closes the mailbox") { model, me in
      guard model.lockedBy == nil else { return .wait }
      model.isClosed = true
      model.locals[me].isOvertaken = model.isToldToExit
      return .next
    }
    let drop = ModelStep("drops the messages") { model, _ in
      guard model.lockedBy == nil else { return .wait }
      for message in model.inbox + model.batch where !model.word.isDoomed {
        if case .call(let caller) = message { model.resolve(caller, .dropped) }
        if case .lastCall(let caller) = message { model.resolve(caller, .dropped) }
      }
      model.inbox = []
      model.batch = []
      model.hasDuty = false
      return .next
    }
    let begin =
      switch fault {
      case .closingLate: [mark, drop, close]
      case .endingMarkLate: [ModelStep("begins to end", at: "die") { _, _ in .next }, close, drop, mark]
      default: [mark, close, drop]
      }
    let dead = ModelStep("sets the mark of the dead") { model, _ in
      model.word = model.word.with(.dead)
      return .next
    }
    let answer = ModelStep("sends its last answer, if it has one") { model, me in
      guard case .lastCall(let caller)? = model.locals[me].current else { return .next }
      model.locals[me].current = nil
      if !model.locals[me].isOvertaken { model.resolve(caller, .answered) }
      return .next
    }
    let tell = ModelStep("takes the observers, and tells them") { model, _ in
      guard model.lockedBy == nil else { return .wait }
      if fault != .overLate { model.isOver = true }
      let observers = model.observers
      model.observers = []
      for observer in observers { model.resolve(observer, .exited) }
      return .next
    }
    let over = ModelStep("is over") { model, me in
      model.isOver = true
      model.locals[me].holds = false
      if fault == .lettingGoAfterEnd {
        model.word = model.idleWord
      } else {
        model.isKept = true
      }
      return move
    }
    return fault == .answeringBeforeClosing
      ? [begin[0], answer] + begin.dropFirst() + [dead, tell, over] : begin + [dead, answer, tell, over]
  }
}
