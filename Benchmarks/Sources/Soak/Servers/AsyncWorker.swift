import GenServerKit

/// A worker whose handlers are `async`, and whose `terminate` is too.
struct AsyncWorker: Worker {
  private var state: WorkerState<Self>

  static func address(_ reference: ServerRef<Self>) -> WorkerAddress { .awaiting(reference) }

  static func initialize(_ argument: WorkerArgument, context: Context) async -> Initial {
    let initial = Self(state: WorkerState(argument, context))
    await Task.yield()
    return .ok(initial)
  }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    state.begin()
    defer { state.finish() }
    switch call {
    case .job(let job, let client):
      state.accept(job)
      switch job.kind {
      case .dwell(let duration): try? await Task.sleep(for: duration)
      case .forward(let other): await ask(other, for: job)
      default: break
      }
      return Self.step(try state.outcome(of: job, for: client, context))
    case .tally(let client): return .reply(state.tally, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    switch cast {
    case .letter(let letter): return try await handle(letter)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) async throws -> Next {
    switch info {
    case .letter(let letter): return try await handle(letter)
    case .answer(let answer, let client):
      state.begin()
      defer { state.finish() }
      return .reply(answer, to: client)
    case .idle:
      state.begin()
      state.finish()
      return .noReply
    }
  }

  mutating func handleContinue(_ step: Continue, context: Context) async -> Next {
    state.outcome(ofContinue: step)
    return .noReply
  }

  mutating func terminate(_ reason: ExitReason, context: Context) async {
    require(state.token.begin(), "terminate of life \(state.life) ran beside a handler")
    await Task.yield()
    state.token.finish()
  }

  private mutating func handle(_ letter: Letter) async throws -> Next {
    state.begin()
    defer { state.finish() }
    state.accept(letter)
    if case .dwell(let duration) = letter.kind { try? await Task.sleep(for: duration) }
    return Self.step(try state.outcome(of: letter))
  }

  /// Any failure will do, above all that of a circle, but an answer has to be that to this question.
  private func ask(_ other: WorkerAddress, for job: Job) async {
    let tag = Tag(sender: -1 - state.life, sequence: job.tag.sequence)
    let question = Job(tag: tag, kind: .answer, parcel: Token(state.round.parcels))
    guard let answer = try? await other.call(question, timeout: .milliseconds(100)) else { return }
    require(answer.tag == tag, "life \(state.life) asked \(tag) and got the answer to \(answer.tag)")
  }
}
