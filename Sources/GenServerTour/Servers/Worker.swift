import GenServerKit

/// Does one job and ends. Nothing ties it to who started it: a job that throws ends this process alone.
struct Worker: GenServer {
  typealias Job = @Sendable () async throws -> Void
  enum Continue { case work }

  let job: Job

  static func initialize(_ job: @escaping Job, context: Context) -> Initial {
    .ok(Worker(job: job), then: .continue(.work))
  }

  mutating func handleContinue(_ step: Continue, context: Context) async throws -> Next {
    switch step {
    case .work: try await job()
    }
    return .stop(.normal)
  }
}
