private import GenServerKitC

/// Which process and which runtime the running code belongs to, where no context reaches.
///
/// In a plain handler the thread knows the process. In an async handler a task-local does, bound once per activation;
/// the handler's own task is the process, and its child tasks may use its pid. A `Task { }` inherits task-locals too,
/// but as copies, and that is how it is told apart: it belongs to the runtime, and to no process.
enum Ambient {
  struct Identity: Sendable {
    let process: ProcessCore
    let activation: UInt64
  }

  // Above the properties, as a comment on their lines breaks the macro's expansion.
  @TaskLocal static var identity: Identity?
  @TaskLocal static var boundRuntime: Runtime?

  /// The runtime of the innermost `withRuntime`, or of the process in whose handler the running task or an ancestor of it
  /// began.
  static var runtime: Runtime? { boundRuntime ?? identity?.process.runtime }

  /// The process to which the running task belongs, whatever its thread runs: its own task's, or that of the handler
  /// whose child task it is.
  static var ofTask: ProcessCore? {
    guard let place = placeOfIdentity,
      let identity = place.assumingMemoryBound(to: Optional<Identity>.self).pointee,
      identity.process.isBound(at: place, activation: identity.activation)
    else { return nil }
    return identity.process
  }

  /// Where the running task finds its identity. Child tasks find that of their parent there, other tasks have a copy.
  static var placeOfIdentity: UnsafeRawPointer? {
    UnsafeRawPointer(gs_task_local_place(Unmanaged.passUnretained($identity).toOpaque()))
  }

  /// Whether what the running code starts by `Task { }` would belong to the runtime.
  static func belongs(to runtime: Runtime) -> Bool {
    if let place = UnsafeRawPointer(gs_task_local_place(Unmanaged.passUnretained($boundRuntime).toOpaque())) {
      return place.assumingMemoryBound(to: Optional<Runtime>.self).pointee === runtime
    }
    guard let place = placeOfIdentity else { return runtime === Runtime.default }
    return place.assumingMemoryBound(to: Optional<Identity>.self).pointee?.process.runtime === runtime
  }

  /// Lets a `Task { }` that is started meanwhile belong to the runtime.
  static func withRuntime<Result>(_ runtime: Runtime, _ body: () throws -> Result) rethrows -> Result {
    try $boundRuntime.withValue(runtime, operation: body)
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

  /// Whether the value of a task-local in that place is the one that the activation has bound, and it has not ended.
  fileprivate final func isBound(at place: UnsafeRawPointer, activation number: UInt64) -> Bool {
    activationUnretained?._withUnsafeGuaranteedRef { $0.isBound(at: place, number: number) } ?? false
  }

  /// By the activation's own task, once its identity is bound.
  final func bindIdentity() {
    let place = Ambient.placeOfIdentity
    activationUnretained?._withUnsafeGuaranteedRef { $0.bind(at: place) }
  }

  /// The process whose own task asks, which is the one that would wait.
  @usableFromInline static var ownProcess: ProcessCore? {
    guard let identity = Ambient.identity, let activation = identity.process.activation,
      activation.isOwn(task: gs_task_current(), number: identity.activation)
    else { return nil }
    return identity.process
  }

  @usableFromInline final func withOwnRuntime<Result>(_ body: () -> Result) -> Result {
    Ambient.withRuntime(runtime, body)
  }
}
