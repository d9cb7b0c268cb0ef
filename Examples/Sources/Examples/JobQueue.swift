import GenServerKit

/// Runs jobs in the order in which they came, at most `limit` at once.
public struct JobQueue<Output: Sendable>: GenServer {
  public typealias Job = @Sendable () async throws -> Output
  public typealias Answer = Result<Output, any Error>

  public struct Status: Equatable, Sendable {
    public var waiting: Int
    public var running: Int
    public var done: Int
  }

  public struct InvalidLimit: Error {}

  public enum Call: Sendable {
    case run(Job, ReplyTo<Answer>)
    case status(ReplyTo<Status>)
    case drain(ReplyTo<Void>)
  }

  public enum Info: Sendable { case finished(ReplyTo<Answer>, Answer) }

  private let limit: Int
  private var waiting: [(job: Job, client: ReplyTo<Answer>)] = []
  private var running = 0
  private var done = 0
  private var draining: [ReplyTo<Void>] = []

  private init(limit: Int) {
    self.limit = limit
  }

  public static func initialize(_ limit: Int, context: Context) -> Initial {
    limit > 0 ? .ok(JobQueue(limit: limit)) : .error(.failure(InvalidLimit()))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .run(let job, let client):
      waiting.append((job, client))
      startJobs(context)
    case .status(let client):
      return .reply(Status(waiting: waiting.count, running: running, done: done), to: client)
    case .drain(let client):
      draining.append(client)
      answerDraining()
    }
    return .noReply
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .finished(let client, let answer):
      running -= 1
      done += 1
      // Now, so that `status` never counts as running a job whose client has its answer.
      client.reply(answer)
      startJobs(context)
      answerDraining()
    }
    return .noReply
  }

  private mutating func startJobs(_ context: Context) {
    while running < limit, !waiting.isEmpty {
      let (job, client) = waiting.removeFirst()
      guard client.isWaiting else { continue }
      running += 1
      // They end with the queue.
      context.task(as: { .finished(client, $0) }) { try await job() }
    }
  }

  private mutating func answerDraining() {
    guard running == 0, waiting.isEmpty else { return }
    for client in draining { client.reply() }
    draining = []
  }
}

extension ServerRef {
  /// Returns what the job returned, or throws what it threw.
  public func run<Output>(
    timeout: Timeout = .infinity, _ job: @escaping JobQueue<Output>.Job
  ) async throws -> Output where Server == JobQueue<Output> {
    try await call(timeout: timeout) { .run(job, $0) }.get()
  }

  public func status<Output>() async throws(CallError) -> JobQueue<Output>.Status where Server == JobQueue<Output> {
    try await call { .status($0) }
  }

  /// Returns when no job waits or runs.
  public func drain<Output>() async throws(CallError) where Server == JobQueue<Output> {
    try await call(timeout: .infinity) { .drain($0) }
  }
}
