import GenServerKit

/// What may become of one call.
struct CallCheck {
  let round: Round
  let life: Life
  let job: Job
  /// Whether the time limit is short enough to run out.
  let isShort: Bool
  /// Whether the request waits for room in a mailbox whose policy is that; one that is awaited later does not.
  var waitsForRoom = true
  var isCancelled = false

  /// The answer has to be its own, and a failure one that can happen here.
  func check(_ result: Result<Answer, CallError>) {
    round.totals.calls.add()
    switch result {
    case .success(let answer):
      round.totals.answers.add()
      require(
        answer == Answer(tag: job.tag, life: life.number), "call \(job.tag) of life \(life.number) got \(answer)")
      if case .drop = job.kind { Violation.end("a call whose handle was dropped got an answer") }
      if case .crash = job.kind { Violation.end("a call that crashed its server got an answer") }
    case .failure(let error):
      require(isAllowed(error) || round.isAbrupt, "call \(job) of life \(life) failed: \(error)")
      switch error {
      case .noProcess, .exit: round.population.leave(life)
      default: break
      }
    }
  }

  private func isAllowed(_ error: CallError) -> Bool {
    switch error {
    case .timeout: return isShort
    case .cancelled: return isCancelled
    case .overloaded: return life.traits.overloads || life.traits.whenFull == .wait && !waitsForRoom
    case .noProcess, .exit: return !life.traits.isSteady
    case .replyDropped:
      if case .drop = job.kind { return true }
      return false
    default: return false
    }
  }
}
