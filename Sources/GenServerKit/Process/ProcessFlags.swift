/// The reasons why a process leaves the fast loop for a slow one. The fast loops check all flags at once, so a flag
/// costs the processes without it nothing. Touched with the run right.
@usableFromInline struct ProcessFlags: OptionSet, Sendable {
  @usableFromInline let rawValue: UInt8

  @inlinable init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Somebody has suspended the process.
  static let suspended = ProcessFlags(rawValue: 1)

  /// A test calls its handlers, and nothing else runs it; see `HandDrivenServer`.
  static let driven = ProcessFlags(rawValue: 2)
}

extension ProcessCore {
  /// Whether the slow loop runs the process.
  @inlinable final var isFlagged: Bool { flags.rawValue != 0 }

  final var isSuspendedBySystem: Bool { flags.contains(.suspended) }

  /// Sets a flag. Called by the holder of the run right. While there is a flag only the scheduler runs the process.
  final func raise(_ flag: ProcessFlags) {
    if flags.isEmpty { holdLending() }
    flags.insert(flag)
    if flag == .suspended { show(isSuspended: true) }
  }

  final func lower(_ flag: ProcessFlags) {
    guard isFlagged else { return }
    flags.remove(flag)
    if flag == .suspended { show(isSuspended: false) }
    if flags.isEmpty { resumeLending() }
  }
}
