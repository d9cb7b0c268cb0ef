import GenServerKit

/// A server that does what it is told, in plain or in async handlers. What is the same in both stands here: `begin…`
/// comes before a handler waits, `finish…` comes after.
protocol Probe: GenServer
where
  Argument == ProbePlan, Call == ProbeCall, Cast == ProbeCast, Info == ProbeInfo, Continue == ProbeStep
{
  var state: ProbeState { get set }

  init(_ plan: ProbePlan)
}

struct ProbeState {
  let journal: Journal
  let suspends: Bool
  var notes: [String] = []
  /// The handles of requests that have no answer yet, oldest first.
  var held: [ReplyTo<String>] = []

  init(_ plan: ProbePlan) {
    journal = plan.journal
    suspends = plan.suspends
  }

  mutating func note(_ text: String) {
    notes.append(text)
    journal.write("end \(text)")
  }

  mutating func takeHeld() -> ReplyTo<String>? { held.isEmpty ? nil : held.removeFirst() }
}

extension Probe {
  static func initial(_ plan: ProbePlan) throws -> Initial {
    plan.journal.write("initialized")
    switch plan.failure {
    case nil: return .ok(Self(plan))
    case .ignore: return .ignore
    case .stop(let reason): return .stop(reason)
    case .error(let reason): return .error(reason)
    case .throwError(let error): throw error
    case .throwReason(let reason): throw reason
    }
  }

  /// Returns the gate at which the handler waits.
  func begin(_ call: ProbeCall) -> Gate? {
    switch call {
    case .note(let text, _):
      state.journal.write("begin \(text)")
      return nil
    case .answerFirst(let text, let gate, let client):
      client.reply(text)
      return gate
    case .wait(let gate, _): return gate
    default: return nil
    }
  }

  mutating func finish(_ call: ProbeCall, context: Context) throws -> Next {
    switch call {
    case .note(let text, let client):
      state.note(text)
      return .reply(state.notes, to: client)
    case .notes(let client):
      return .reply(state.notes, to: client)
    case .hold(let client), .wait(_, let client):
      state.held.append(client)
      return .noReply
    case .answer(let text, let delay, let client):
      state.held.append(client)
      context.send(.answer(text), after: delay)
      return .noReply
    case .answerWhenIdle(let text, let delay, let client):
      state.held.append(client)
      return .noReply(then: .timeout(.after(delay), .answer(text)))
    case .delegate(let text, let helper, let client):
      helper.cast(.answer(text, client))
      return .noReply
    case .delegateToTask(let text, let client):
      Task { client.reply(text) }
      return .noReply
    case .answerFirst:
      return .noReply
    case .fail(let error, _):
      throw error
    case .stop(let reason, _):
      return .stop(reason)
    case .stopReplying(let reason, let text, let client):
      return .stop(reason, replying: text, to: client)
    }
  }

  func begin(_ cast: ProbeCast) -> Gate? {
    switch cast {
    case .note(let text):
      state.journal.write("begin \(text)")
      return nil
    case .wait(let gate), .waitAndFail(let gate, _): return gate
    default: return nil
    }
  }

  mutating func finish(_ cast: ProbeCast) throws -> Next {
    switch cast {
    case .note(let text):
      state.note(text)
      return .noReply
    case .answer(let text, let client):
      return .reply(text, to: client)
    case .wait:
      return .noReply
    case .waitAndFail(_, let error), .fail(let error):
      throw error
    case .stop(let reason):
      return .stop(reason)
    case .proceed(let step):
      return .noReply(then: .continue(step))
    }
  }

  mutating func finish(_ info: ProbeInfo) -> Next {
    switch info {
    case .note(let text):
      state.notes.append("info \(text)")
      return .noReply
    case .answer(let text):
      guard let client = state.takeHeld() else { return .noReply }
      state.journal.write("answered \(client.reply(text))")
      return .noReply
    case .answerByReturning(let text):
      guard let client = state.takeHeld() else { return .noReply }
      return .reply(text, to: client)
    }
  }

  func finish(_ step: ProbeStep) throws -> Next {
    switch step {
    case .fail(let error): throw error
    }
  }

  func finish(_ reason: ExitReason) {
    state.journal.write("terminated by \(reason) with \(state.notes)")
  }
}
