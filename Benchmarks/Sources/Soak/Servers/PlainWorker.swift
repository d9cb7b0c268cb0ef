import Foundation
import GenServerKit

/// A worker whose handlers are plain, and block their thread where the other kind sleeps.
struct PlainWorker: Worker {
  private var state: WorkerState<Self>

  static func address(_ reference: ServerRef<Self>) -> WorkerAddress { .plain(reference) }

  static func initialize(_ argument: WorkerArgument, context: Context) -> Initial {
    .ok(Self(state: WorkerState(argument, context)))
  }

  mutating func handleCall(_ call: Call, context: Context) throws -> Next {
    state.begin()
    defer { state.finish() }
    switch call {
    case .job(let job, let client):
      state.accept(job)
      if case .dwell(let duration) = job.kind { block(duration) }
      return Self.step(try state.outcome(of: job, for: client, context))
    case .tally(let client): return .reply(state.tally, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next {
    switch cast {
    case .letter(let letter): try handle(letter)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) throws -> Next {
    switch info {
    case .letter(let letter): return try handle(letter)
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

  mutating func handleContinue(_ step: Continue, context: Context) -> Next {
    state.outcome(ofContinue: step)
    return .noReply
  }

  private mutating func handle(_ letter: Letter) throws -> Next {
    state.begin()
    defer { state.finish() }
    state.accept(letter)
    if case .dwell(let duration) = letter.kind { block(duration) }
    return Self.step(try state.outcome(of: letter))
  }

  private func block(_ duration: Duration) { usleep(UInt32(duration / .microseconds(1))) }
}
