@testable import GenServerKit

/// The threads of an answer's model, step by step as in `ReplyNode`, `Waiter`, `ClientWatch` and `ServerRef.call`.
struct ReplyPrograms {
  typealias Model = ReplyModel
  typealias ModelStep = Step<ReplyModel>

  var fault: ReplyFault?

  // The one who waits.

  /// As `Waiter.resolve`: the first outcome counts. Goes on behind its last step; `flag` says whether it was the first.
  private func resolving(_ outcome: Model.Outcome, _ name: String) -> [ModelStep] {
    let isUnasked = fault == .timeoutUnasked && outcome == .timedOut
    return [
      ModelStep("decides the wait: \(outcome)") { model, me in
        model.locals[me].flag = isUnasked || model.first == nil
        guard model.locals[me].flag else { return .jump("resolved \(name)") }
        model.first = outcome
        return .next
      },
      ModelStep("lets the watch know") { model, me in
        if outcome == .answered {
          try model.touch(by: me)
          if model.state.has(.watched) { model.endWatch() }
          model.holdsAnswer = true
        } else if outcome.isAbandoned, model.knowsWatch {
          model.knowsWatch = false
          model.endWatch(told: true)
        }
        return .next
      },
      ModelStep("hands the outcome over") { model, _ in
        let wasParked = model.parking == .continuation
        model.parking = .outcome
        if wasParked {
          if model.isResumed { throw Violation(.doubleOutcome, "the caller is resumed twice") }
          model.isResumed = true
        }
        return .next
      },
      ModelStep("has resolved", at: "resolved \(name)") { _, _ in .next },
    ]
  }

  /// Waits until there is an outcome, and takes it.
  private func parking() -> [ModelStep] {
    [
      ModelStep("joins the observers", at: "wait") { model, _ in
        model.isObserved = true
        return model.isOver && fault != .observingUnasked ? .next : .jump("arm")
      }
    ] + resolving(.exited, "by end") + [
      ModelStep("arms its timer", at: "arm") { model, _ in
        model.isArmed = true
        return .next
      },
      ModelStep("looks for an outcome") { model, _ in model.parking == .outcome ? .jump("take") : .next },
      ModelStep("parks") { model, _ in
        if model.parking == .outcome, fault != .parkingByStore { return .jump("take") }
        model.parking = .continuation
        return .next
      },
      ModelStep("sleeps") { model, _ in model.isResumed ? .next : .wait },
      ModelStep("takes the outcome", at: "take") { model, _ in
        model.result = model.first
        if model.holdsAnswer, model.first == .answered { model.resultValue = model.value }
        return .next
      },
      ModelStep("lets go of the answer") { model, _ in
        guard model.holdsAnswer else { return .end }
        model.holdsAnswer = false
        if model.references == 0 {
          model.isFreed = true
          model.dropWatch()
        }
        return .end
      },
    ]
  }

  /// Publishes that it waits. Goes to `answered` if the answer is there.
  private func attaching(answered: String) -> [ModelStep] {
    let asksFirst = fault == .askingBeforeWaiting
    let ask = ModelStep("looks at the state") { model, me in
      try model.touch(by: me)
      model.locals[me].seen = model.state
      return .next
    }
    let publish = ModelStep("publishes that it waits") { model, me in
      try model.touch(by: me)
      model.hasSink = true
      let seen = asksFirst ? model.locals[me].seen ?? model.state : model.state
      let attachment = seen.attaching().effect
      model.state = model.state.attaching().next
      model.locals[me].seen = nil
      if attachment.hasLeft, attachment.isPending, fault != .forgettingThatHandlerLeft { model.hasLeft = true }
      model.locals[me].flag = attachment.isPending
      return attachment.isWatched ? .next : .jump("attached")
    }
    return (asksFirst ? [ask] : []) + [publish] + knowing(at: "attached") + [
      ModelStep("goes on", at: "attached") { model, me in
        model.locals[me].flag ? .next : .jump(answered)
      }
    ]
  }

  /// As `WaitingClient.watch`: the one who waits gets to know of the watch. Goes on to `label`.
  private func knowing(at label: String) -> [ModelStep] {
    [
      ModelStep("hands the watch to who waits") { model, _ in
        model.knowsWatch = true
        return .next
      },
      ModelStep("looks whether the caller has given up") { model, _ in
        if model.first?.isAbandoned == true, fault != .watchAfterTimeout { model.endWatch(told: true) }
        return .jump(label)
      },
    ]
  }

  // Callers.

  /// A caller whose request lies in the mailbox: it gives up its reference, and waits.
  func queueing() -> [ModelStep] {
    attaching(answered: "resolve") + [
      ModelStep("goes to wait") { _, _ in .jump("give up") }
    ] + [ModelStep("finds its answer", at: "resolve") { _, _ in .next }] + resolving(.answered, "by itself")
      + givingUpReference() + parking()
  }

  private func givingUpReference() -> [ModelStep] {
    [
      ModelStep("gives up its reference", at: "give up") { model, me in
        if fault == .waitingWithReference { return .jump("wait") }
        model.locals[me].hasLost = model.drop(by: me)
        return .next
      }
    ] + telling(dying: false) + [ModelStep("has given up its reference") { _, _ in .jump("wait") }]
  }

  /// What the node does at its end.
  private func telling(dying: Bool) -> [ModelStep] {
    let name = "of a lost handle"
    return [
      ModelStep("ends the watches of the node that nobody holds") { model, me in
        if model.isFreed {
          if fault != .loadingThenStoring || model.state.has(.watched) { model.dropWatch() }
        }
        return model.locals[me].hasLost ? .next : .jump("resolved \(name)")
      },
      ModelStep("asks whether the process ends") { model, _ in
        if model.word.isDoomed, fault != .losingWhileEnding { return .jump("resolved \(name)") }
        if dying { throw Violation(.wrongOutcome, "a handle that a dying process drops counts as lost") }
        return .next
      },
    ] + resolving(.dropped, name)
  }

  /// A caller that runs the handler on its own thread. The handler answers, or leaves that to others.
  func lending(answers: Bool) -> [ModelStep] {
    let handler: [ModelStep] =
      answers
      ? claiming(second: "leave") + [
        ModelStep("looks for a watch") { model, me in
          model.locals[me].seen = fault == .loadingThenStoring ? model.state : nil
          return .next
        },
        ModelStep("publishes the answer to itself") { model, me in
          try model.touch(by: me)
          if model.locals[me].seen?.has(.watched) == true {
            let step = model.state.publishing()
            model.state = step.next
            if step.effect == .isFound(endsWatch: true) { model.endWatch() }
          } else {
            model.state = .answered
          }
          model.locals[me].seen = nil
          return .jump("handled")
        },
      ] : []
    return handler + leaving() + [
      ModelStep("looks whether others hold the node", at: "handled") { model, me in
        model.locals[me].flag = model.references == 1 || fault == .recyclingUnasked
        return .next
      },
      ModelStep("looks for its answer") { model, me in
        try model.touch(by: me)
        guard model.state.has(.done) else { return .jump("attach") }
        model.result = .answered
        model.resultValue = model.value
        return model.locals[me].flag ? .next : .jump("shared")
      },
      ModelStep("keeps the node for its next call") { model, me in
        if fault != .loadingThenStoring || model.state.has(.watched) { model.dropWatch() }
        try model.rewind()
        model.locals[me].generation = model.generation
        return .end
      },
      ModelStep("marks the answer for who watches", at: "shared") { model, _ in
        if fault == .loadingThenStoring || fault == .lenderForgetsWatch { return .jump("done") }
        model.state = model.state.with(.answered)
        return .next
      },
      ModelStep("ends the watches") { model, _ in
        model.endWatch()
        return .next
      },
      ModelStep("lets go of the node", at: "done") { model, me in
        _ = model.drop(by: me)
        if model.isFreed { model.dropWatch() }
        return .end
      },
      ModelStep("has no answer yet", at: "attach") { _, _ in .next },
    ] + attaching(answered: "late") + [
      ModelStep("goes to wait") { _, _ in .jump("give up") },
      ModelStep("finds an answer that came meanwhile", at: "late") { model, _ in
        model.result = .answered
        model.resultValue = model.value
        return .jump("done")
      },
    ] + givingUpReference() + parking()
  }

  /// The handler returns without an answer.
  private func leaving() -> [ModelStep] {
    [
      ModelStep("leaves the handler without an answer", at: "leave") { model, me in
        try model.touch(by: me)
        let step = model.state.leaving()
        model.state = step.next
        if step.effect { model.hasLeft = true }
        return .next
      }
    ]
  }

  // Those who answer.

  /// Claims the answer and writes it. Goes to `second` if somebody else has.
  private func claiming(second: String) -> [ModelStep] {
    let look = ModelStep("looks whether somebody answers") { model, me in
      try model.touch(by: me)
      if model.state.claiming() == nil { return .jump(second) }
      return .next
    }
    let claim = ModelStep("claims the answer") { model, me in
      try model.touch(by: me)
      if fault == .claimingByStore {
        model.state = model.state.with(.claimed)
        return .next
      }
      guard let next = model.state.claiming() else { return .jump(second) }
      model.state = next
      return .next
    }
    let write = ModelStep("writes the answer") { model, me in
      try model.write(by: me)
      return .next
    }
    return (fault == .claimingByStore ? [look] : []) + [claim, write]
  }

  /// Answers through a handle.
  func replying(keepsHandle: Bool = false) -> [ModelStep] {
    let storing = fault == .publishingByStore
    let look = ModelStep("looks who waits") { model, me in
      model.locals[me].seen = model.state
      return .next
    }
    let publish = ModelStep("publishes the answer") { model, me in
      try model.touch(by: me)
      let step = (model.locals[me].seen ?? model.state).publishing()
      model.state = step.next
      model.locals[me].seen = nil
      switch step.effect {
      case .isTold(let isWatched):
        model.locals[me].seen = isWatched ? .watched : nil
        return .next
      case .isFound(let endsWatch):
        model.locals[me].isTaken = true
        return .jump(endsWatch ? "end watch" : "drop")
      }
    }
    return claiming(second: "second") + (storing ? [look] : []) + [publish] + resolving(.answered, "by answer") + [
      ModelStep("hears whether somebody waited") { model, me in
        model.locals[me].isTaken = model.locals[me].flag
        let isWatched = model.locals[me].seen != nil
        model.locals[me].seen = nil
        // Who takes the answer has ended the watch.
        if isWatched, !model.locals[me].flag { model.endWatch(told: model.first?.isAbandoned == true) }
        return .jump("drop")
      },
      ModelStep("ends the watch", at: "end watch") { model, _ in
        model.endWatch()
        return .jump("drop")
      },
      ModelStep("is told that there is an answer", at: "second") { model, me in
        model.locals[me].isTaken = false
        return .jump("drop")
      },
    ] + (keepsHandle ? [ModelStep("keeps its handle", at: "drop") { _, _ in .end }] : dropping(at: "drop"))
  }

  /// Makes an answer and takes it back, as a handler does that throws.
  func reopening() -> [ModelStep] {
    claiming(second: "drop") + [
      ModelStep("destroys its answer") { model, me in
        try model.touch(by: me)
        model.value = nil
        return .next
      },
      ModelStep("takes it back") { model, me in
        try model.touch(by: me)
        model.state = fault == .reopeningByStore ? .open : model.state.reopening()
        return .next
      },
    ] + dropping(at: "drop")
  }

  /// Handles the request, and leaves the answer to others.
  func leavingHandler() -> [ModelStep] { leaving() + dropping(at: "drop") }

  func dropping(at label: String = "drop") -> [ModelStep] {
    [
      ModelStep("drops its handle", at: label) { model, me in
        model.locals[me].hasLost = model.drop(by: me)
        return .next
      }
    ] + telling(dying: false) + [ModelStep("is done") { _, _ in .end }]
  }

  /// Watches the caller.
  func watching(keepsHandle: Bool = false) -> [ModelStep] {
    let put = ModelStep("puts its watch into the node") { model, me in
      try model.touch(by: me)
      let isOver = model.watchEnd != nil
      model.addWatch(of: me)
      if isOver, fault == .watchOfAnsweredTells { model.locals[me].watch = .told }
      return isOver ? .jump("drop") : .next
    }
    let mark = ModelStep("marks the node as watched") { model, me in
      try model.touch(by: me)
      let step = model.state.watching()
      model.state = step.next
      model.locals[me].seen = nil
      switch step.effect {
      case .isOver: return .jump("answered")
      case .isTold: return .jump("tell")
      case .isFound: return .jump(fault == .markBeforeWatch ? "put" : "drop")
      }
    }
    let order = fault == .markBeforeWatch ? [mark] : [put, mark]
    let late = ModelStep("puts its watch into the node", at: "put") { model, me in
      model.addWatch(of: me)
      return .jump("drop")
    }
    return order + [
      ModelStep("ends its watch, as there is an answer", at: "answered") { model, _ in
        model.endWatch()
        return .jump("drop")
      },
      ModelStep("tells who waits", at: "tell") { model, me in
        if model.locals[me].watch == .none { model.addWatch(of: me) }
        return .next
      },
    ] + knowing(at: "drop") + (fault == .markBeforeWatch ? [late] : [])
      + (keepsHandle ? [ModelStep("keeps its handle", at: "drop") { _, _ in .end }] : dropping(at: "drop"))
  }

  // What else ends the wait.

  func timingOut() -> [ModelStep] { whenArmed("is due") + resolving(.timedOut, "by timer") }

  func cancelling() -> [ModelStep] { whenArmed("is cancelled") + resolving(.cancelled, "by cancellation") }

  private func whenArmed(_ name: String) -> [ModelStep] {
    [ModelStep(name) { model, _ in model.isArmed ? .next : .wait }]
  }

  /// The process ends, and drops a handle that lay in its mailbox.
  func dying() -> [ModelStep] {
    [
      ModelStep("begins to end") { model, _ in
        model.word = model.word.with(.ending)
        return .next
      },
      ModelStep("drops its mailbox") { model, me in
        model.locals[me].hasLost = model.drop(by: me)
        return .next
      },
    ] + telling(dying: true) + [
      ModelStep("is dead") { model, _ in
        model.word = model.word.with(.dead)
        return .next
      },
      ModelStep("is over, and tells its observers") { model, _ in
        model.isOver = true
        return model.isObserved ? .next : .end
      },
    ] + resolving(.exited, "by its end")
  }
}
