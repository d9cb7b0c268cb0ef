private import GenServerKitC

/// The process and the runtime to which the running code belongs, where no context reaches.
///
/// In a plain handler the thread knows the process. In an async handler a task-local does, which is bound once per
/// activation: the handler's own task is the process, and its child tasks may use its pid. A `Task { }` inherits
/// task-locals too, but as copies, and can be told apart by that: it belongs to the runtime, and to no process.
enum Ambient {
  struct Identity: Sendable {
    let process: ProcessCore
    let activation: UInt64
  }

  // This stands above the properties, as a comment on their lines breaks the macro's expansion.
  @TaskLocal static var identity: Identity?
  @TaskLocal static var boundRuntime: Runtime?

  /// The runtime of the innermost `withRuntime`, or of the process in whose handler the running task or one of its
  /// ancestors began.
  static var runtime: Runtime? { boundRuntime ?? identity?.process.runtime }

  /// The process to which the running task belongs, whatever its thread runs: the task is that process, or a child task
  /// of its handler.
  static var ofTask: ProcessCore? { placeOfIdentity.flatMap { process(at: $0) } }

  /// The process whose identity lies at that place, unless it is a copy of the identity.
  static func process(at place: UnsafeRawPointer) -> ProcessCore? {
    guard let identity = place.assumingMemoryBound(to: Optional<Identity>.self).pointee,
      identity.process.isBound(at: place, activation: identity.activation)
    else { return nil }
    return identity.process
  }

  // Every lent call asks by these addresses. The task-locals themselves are objects that all threads share: counting
  // references to them would cost as much as the rest of the call.
  private static let identityKey = UInt(bitPattern: Unmanaged.passUnretained($identity).toOpaque())
  private static let runtimeKey = UInt(bitPattern: Unmanaged.passUnretained($boundRuntime).toOpaque())

  /// The place where the running task finds its identity. Child tasks find their parent's identity at the same place;
  /// other tasks have a copy.
  static var placeOfIdentity: UnsafeRawPointer? {
    UnsafeRawPointer(gs_task_local_place(UnsafeRawPointer(bitPattern: identityKey)))
  }

  /// Whether a `Task { }` that the running code starts would belong to the runtime of the process.
  static func isAtHome(with process: ProcessCore, identityAt place: UnsafeRawPointer?) -> Bool {
    if let bound = gs_task_local_place(UnsafeRawPointer(bitPattern: runtimeKey)) {
      return UnsafeRawPointer(bound).assumingMemoryBound(to: Optional<Runtime>.self).pointee === process.runtime
    }
    guard let place else { return process.isInDefaultRuntime }
    return place.assumingMemoryBound(to: Optional<Identity>.self).pointee?.process.runtime === process.runtime
  }

  /// Runs `body` so that each `Task { }` that it starts belongs to the runtime.
  static func withRuntime<Result>(_ runtime: Runtime, _ body: () throws -> Result) rethrows -> Result {
    try $boundRuntime.withValue(runtime, operation: body)
  }
}

extension ProcessCore {
  /// The process whose handler, or whose handler's child task, is running this code.
  @usableFromInline package static var ambient: ProcessCore? {
    ThreadRecord.current ?? Ambient.ofTask
  }

  /// The ambient process, and those that its task was before each `withProcess` around it: none of them ends while the
  /// task runs this.
  static var ambients: [ProcessCore] {
    Array(
      sequence(state: ambient) { process in
        defer { process = (process as? RawProcessCore)?.outer }
        return process
      })
  }

  /// Whether the task-local at that place was bound by the activation of that number, and the activation has not ended.
  fileprivate final func isBound(at place: UnsafeRawPointer, activation number: UInt64) -> Bool {
    activationUnretained?._withUnsafeGuaranteedRef { $0.isBound(at: place, number: number) } ?? false
  }

  /// Called by the activation's own task, once its identity is bound.
  final func bindIdentity() {
    let place = Ambient.placeOfIdentity
    activationUnretained?._withUnsafeGuaranteedRef { $0.bind(at: place) }
  }

  /// The process whose own task runs this code: a wait here would make that process wait.
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
