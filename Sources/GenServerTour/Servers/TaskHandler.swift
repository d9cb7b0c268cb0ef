import GenServerKit

/// Runs at most so many jobs at a time, and looks ten times a second whether one has ended.
///
/// It is as simple as a first example is: the job that came last starts first, and one look starts one job at most.
/// Nothing ties a job to the handler: one that throws ends its own process alone.
struct TaskHandler: GenServer {
  typealias Job = @Sendable (RawProcess) async throws -> Void
  struct Options: Sendable {
    var taskLimit = 2
  }
  enum Call: Sendable { case status(ReplyTo<TaskHandler>) }
  enum Cast: Sendable { case add(Job) }
  enum Info: Sendable { case checkTasks }
  enum Continue { case startRecurringTasks }

  // Without a default it has to be given: a state without it does not compile.
  let taskLimit: Int
  var tasks: [PID] = []
  var queue: [Job] = []

  static func initialize(_ options: Options, context: Context) -> Initial {
    .ok(Self(taskLimit: options.taskLimit), then: .continue(.startRecurringTasks))
  }

  mutating func handleContinue(_ step: Continue, context: Context) -> Next {
    switch step {
    case .startRecurringTasks: context.me.send(.checkTasks)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .checkTasks:
      context.send(.checkTasks, after: .milliseconds(100))
      let alive = tasks.filter(\.isAlive)
      if queue.isEmpty {
        tasks = alive
      } else if alive.count < tasks.count {
        tasks = [spawn(queue.removeFirst())] + alive
      }
    }
    return .noReply
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .add(let job) where tasks.count >= taskLimit: queue.insert(job, at: 0)
    case .add(let job): tasks.insert(spawn(job), at: 0)
    }
    return .noReply
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .status(let client): .reply(self, to: client)
    }
  }
}

extension TaskHandler: CustomStringConvertible {
  var description: String { "limit \(taskLimit), \(tasks.count) started, \(queue.count) queued" }
}

extension ServerRef where Server == TaskHandler {
  func status() async throws(CallError) -> TaskHandler { try await call { .status($0) } }
  @discardableResult func add(_ job: @escaping TaskHandler.Job) -> Delivery { cast(.add(job)) }
}
