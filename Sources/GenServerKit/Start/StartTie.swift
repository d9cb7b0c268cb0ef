/// What ties a process to the one that starts it, from before its `initialize` on.
@usableFromInline enum StartTie: Sendable {
  /// In the runtime where it is started.
  case link(ProcessCore, in: Runtime)
  case monitor(StartMonitor)

  /// Where it is started and by whom, if that is known already.
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

  /// Of the raw process that starts; nil outside any.
  @usableFromInline static var ofStarter: StartMonitor? {
    (ProcessCore.ambient as? RawProcessCore).map { StartMonitor($0) }
  }

  fileprivate func watch(_ process: ProcessCore) { monitor = watcher.monitor(process, name: nil) }

  /// A start that failed brings no message.
  @usableFromInline func cancel() { monitor?.core.cancel() }

  /// What the start returns; nil if nothing was started.
  @usableFromInline func started(_ process: ProcessCore) -> Monitor {
    monitor ?? watcher.monitor(process, name: nil)
  }
}
