internal import Synchronization

/// A task that a server started by `context.task`, and that ends with it.
///
/// ```swift
/// fetch = context.task(as: { .fetched($0) }) { try await remote.fetch(key) }
/// ...
/// fetch?.cancel()
/// ```
public struct ServerTask: Hashable, Sendable {
  let core: ServerTaskCore

  public static func == (a: Self, b: Self) -> Bool { a.core === b.core }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(core)) }

  /// Cancels the task; its message never arrives, even if it lies in the mailbox already.
  ///
  /// It has no effect once the message has been handled.
  public func cancel() { core.cancel() }
}

extension ServerTask: CustomStringConvertible {
  /// Such as `task of Shelf <0.3.0>`.
  public var description: String { "task of \(core.owner.title)" }
}

extension ServerContext {
  /// Runs `body` in a task of the server's own, whose outcome arrives as a message.
  ///
  /// ```swift
  /// case .lookup(let key, let client):
  ///   context.task(as: { .fetched(client, $0) }) { try await remote.fetch(key) }
  ///   return .noReply
  /// ```
  ///
  /// The server handles other messages meanwhile. Exactly one message comes, with what `body` returned or threw, unless
  /// the task is cancelled or the server ends first: the end of the server cancels its tasks. The body is not part of
  /// the server's process: its calls do not count as calls of the server, and what it starts is linked to nobody. It
  /// belongs to the server's runtime. See `Task.Supervisor.async_nolink/2` in Elixir.
  @discardableResult public func task<Value: Sendable>(
    as message: @escaping @Sendable (Result<Value, any Error>) -> Server.Info,
    _ body: sending @escaping () async throws -> Value
  ) -> ServerTask {
    let core = ServerTaskCore(of: process)
    nonisolated(unsafe) let body = body
    core.start {
      let outcome: Result<Value, any Error>
      do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
      core.finish { message(outcome) }
    }
    return ServerTask(core: core)
  }

  /// Runs `body` in a task of the server's own, which is cancelled when the server ends.
  ///
  /// ```swift
  /// context.task { client.reply(await remote.fetch(key)) }
  /// ```
  ///
  /// The server does not learn when the body ends: use `task(as:_:)` where it has to know.
  @discardableResult public func task(_ body: sending @escaping () async -> Void) -> ServerTask {
    let core = ServerTaskCore(of: process)
    nonisolated(unsafe) let body = body
    core.start {
      await body()
      core.finish()
    }
    return ServerTask(core: core)
  }
}

/// A task that belongs to a process. The process keeps a list of those that run, and cancels them at its end.
final class ServerTaskCore: @unchecked Sendable {
  // Unchecked: `state` is touched under the lock, the place under that of the process.
  private enum State {
    case starting
    case running(Task<Void, Never>)
    /// The body has returned, and word of that lies in the mailbox. The closure makes the message of the outcome.
    case finished(@Sendable () -> any Sendable)
    /// Cancelled, handled, or finished without a message.
    case over
  }

  let owner: ProcessCore
  private let lock = Lock()
  private var state = State.starting
  fileprivate var place = ListPlace<ServerTaskCore>()

  init(of owner: ProcessCore) { self.owner = owner }

  /// Starts the task, unless the process has ended.
  func start(_ body: sending @escaping () async -> Void) {
    let isKept = owner.lock.withLock {
      if owner.isClosed { return false }
      owner.makeParticularsUnderLock().tasks.append(self)
      return true
    }
    guard isKept else { return lock.withLock { state = .over } }
    let runtime = owner.runtime
    nonisolated(unsafe) let body = body
    let task = Task.detached(executorPreference: runtime.activationExecutor) {
      await Ambient.$boundRuntime.withValue(runtime) { await body() }
    }
    let isCancelled = lock.withLock {
      switch state {
      case .starting: state = .running(task)
      case .over: return true
      case .running, .finished: break
      }
      return false
    }
    if isCancelled { task.cancel() }
  }

  /// Notes that the body has returned.
  func finish() {
    leaveOwner()
    lock.withLock { state = .over }
  }

  /// Notes that the body has returned, and sends word to the mailbox that its outcome becomes a message.
  func finish(_ message: @escaping @Sendable () -> any Sendable) {
    leaveOwner()
    let isWanted = lock.withLock {
      if case .over = state { return false }
      state = .finished(message)
      return true
    }
    if isWanted { _ = owner.post(.answer(self)) }
  }

  private func leaveOwner() { owner.lock.withLock { _ = owner.particularsUnderLock?.tasks.remove(self) } }

  /// Called by the server when it takes the message out of its mailbox. Returns nil if the task was cancelled
  /// meanwhile.
  func takeMessage() -> (any Sendable)? {
    let message: (@Sendable () -> any Sendable)? = lock.withLock {
      guard case .finished(let message) = state else { return nil }
      state = .over
      return message
    }
    return message?()
  }

  func cancel() {
    // The old state is dropped after the lock is let go.
    let before = lock.withLock {
      defer { state = .over }
      return state
    }
    if case .running(let task) = before { task.cancel() }
  }
}

struct ServerTaskPlaces: ListPlaces {
  func withPlace<Result>(of task: ServerTaskCore, _ body: (inout ListPlace<ServerTaskCore>) -> Result) -> Result {
    body(&task.place)
  }
}

/// The running tasks of one process; touched under its lock.
typealias ServerTaskList = IntrusiveList<ServerTaskPlaces>

extension ServerTaskList {
  init() { self.init(ServerTaskPlaces()) }
}

extension ProcessCore {
  /// Whether tasks of the process run.
  package final var hasTasks: Bool { lock.withLock { particularsUnderLock?.tasks.isEmpty == false } }
}
