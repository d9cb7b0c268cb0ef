/// A link or watch between a new process and its starter, which is set before `initialize` runs.
@usableFromInline enum StartTie: Sendable {
  /// The new process is linked to this one, and belongs to this runtime.
  case link(ProcessCore, in: Runtime)
  case monitor(StartMonitor)

  /// The runtime and the process of the starter, if they are known already.
  var surroundings: (runtime: Runtime, process: ProcessCore?)? {
    if case .link(let parent, let runtime) = self { (runtime, parent) } else { nil }
  }

  @usableFromInline func bind(_ process: ProcessCore) {
    switch self {
    case .link(let parent, _): process.adopt(by: parent)
    case .monitor(let slot): slot.watch(process)
    }
  }
}

/// The watch of a monitored start, which is set before the starter can know the process.
@usableFromInline final class StartMonitor: @unchecked Sendable {
  // Unchecked: used by the starting task alone.
  private let watcher: RawProcessCore
  private(set) var monitor: Monitor?

  init(_ watcher: RawProcessCore) { self.watcher = watcher }

  /// A watch for the raw process that starts the server; nil outside any.
  @usableFromInline static var ofStarter: StartMonitor? {
    (ProcessCore.ambient as? RawProcessCore).map { StartMonitor($0) }
  }

  fileprivate func watch(_ process: ProcessCore) { monitor = watcher.monitor(process, name: nil) }

  /// Takes the watch away, since a start that failed brings no message.
  @usableFromInline func cancel() { monitor?.core.cancel() }

  /// The monitor that the start returns.
  @usableFromInline func started(_ process: ProcessCore) -> Monitor {
    monitor ?? watcher.monitor(process, name: nil)
  }
}
