private import GenServerKitC

/// Which process runs, where no context reaches.
///
/// In a plain handler the thread knows. In an async handler and in what inherits its task-locals, a task-local bound
/// once per activation does. Only the activation's own task is the process; child tasks may use its pid, and a
/// `Task { }` that outlives the handler holds an identity that does no harm.
enum Ambient: Sendable {
  case runtime(Runtime)
  case process(ProcessCore, activation: UInt64)
  /// A process in the scope of `withRuntime`.
  case visitor(ProcessCore, activation: UInt64, in: Runtime)

  // Above the property, as a comment on its line breaks the macro's expansion.
  @TaskLocal static var current: Ambient?

  /// The process to which the running task belongs, whatever its thread runs.
  static var ofTask: ProcessCore? { current?.identity?.process }

  var identity: (process: ProcessCore, activation: UInt64)? {
    switch self {
    case .runtime: nil
    case .process(let process, let activation), .visitor(let process, let activation, _): (process, activation)
    }
  }

  var runtime: Runtime {
    switch self {
    case .runtime(let runtime), .visitor(_, _, let runtime): runtime
    case .process(let process, _): process.runtime
    }
  }

  /// The same process, if it is one, in another runtime.
  static func inRuntime(_ runtime: Runtime) -> Ambient {
    guard let identity = current?.identity else { return .runtime(runtime) }
    return .visitor(identity.process, activation: identity.activation, in: runtime)
  }
}

extension ProcessCore {
  /// The process whose handler, or a child task of it, asks.
  @usableFromInline package static var ambient: ProcessCore? {
    ThreadRecord.current ?? Ambient.ofTask
  }

  /// The same, and what its task was before each `withProcess` around it: none of them ends while the task asks.
  static var ambients: [ProcessCore] {
    Array(
      sequence(state: ambient) { process in
        defer { process = (process as? RawProcessCore)?.outer }
        return process
      })
  }

  /// The process whose own task asks, which is the one that would wait.
  @usableFromInline static var ownProcess: ProcessCore? {
    guard let (process, number) = Ambient.current?.identity, let activation = process.activation,
      activation.isOwn(task: gs_task_current(), number: number)
    else { return nil }
    return process
  }
}
