/// What ties a process to the one that starts it, from before its `initialize` on.
@usableFromInline enum StartTie: Sendable {
  case link(ProcessCore)
  case monitor(StartMonitor)

  @usableFromInline func bind(_ process: ProcessCore) {
    switch self {
    case .link(let parent): process.adopt(by: parent)
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
