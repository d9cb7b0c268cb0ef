/// Lets so many records of one kind through in a while, and counts the others: a process that gets a stray message a
/// thousand times a second would fill the log of all.
final class LogLimiter: @unchecked Sendable {
  // Unchecked: the windows are touched under the lock only.
  enum Kind: Int, CaseIterable {
    case unexpectedMessage, secondAnswer, highWater

    /// Such as `12 more unexpected messages`.
    func text(of count: Int) -> String {
      switch self {
      case .unexpectedMessage: "\(count) more unexpected message\(count == 1 ? "" : "s")"
      case .secondAnswer: "\(count) more second answer\(count == 1 ? "" : "s")"
      case .highWater: "\(count) more warning\(count == 1 ? "" : "s") that too many messages wait"
      }
    }
  }

  private struct Window {
    var begin: Int64 = 0
    var written = 0
    var leftOut = 0
  }

  /// So many of each kind in ten seconds.
  static let limit = 10
  static let span: Int64 = 10_000_000_000

  private let lock = Lock()
  private var windows = [Window](repeating: Window(), count: Kind.allCases.count)

  /// How many records were left out before this one, which may be written; nil if it is left out as well.
  func admit(_ kind: Kind, at now: Int64) -> Int? {
    lock.withLock {
      let window = windows[kind.rawValue]
      if window.written > 0, now - window.begin < Self.span {
        if window.written < Self.limit {
          windows[kind.rawValue].written += 1
          return 0
        }
        windows[kind.rawValue].leftOut += 1
        return nil
      }
      windows[kind.rawValue] = Window(begin: now, written: 1)
      return window.leftOut
    }
  }

  /// Those that were left out and that no record tells of.
  var leftOut: [(kind: Kind, count: Int)] {
    lock.withLock {
      Kind.allCases.compactMap { kind in
        let count = windows[kind.rawValue].leftOut
        return count > 0 ? (kind, count) : nil
      }
    }
  }
}
