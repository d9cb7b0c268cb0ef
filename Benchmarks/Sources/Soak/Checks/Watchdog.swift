import Foundation

/// Ends the program when a round hangs. A thread of its own: whatever hangs, it does not.
final class Watchdog: Sendable {
  private struct Watched {
    let began: ContinuousClock.Instant
    var phase: String
  }

  private let limit: Duration
  private let watched = Guarded<Watched?>(nil)

  init(limit: Duration) {
    self.limit = limit
    Thread.detachNewThread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 1)
        look()
      }
    }
  }

  func roundBegins() { watched.withLock { $0 = Watched(began: .now, phase: "start") } }

  /// What the round is at, to be told if it stays there.
  func roundReaches(_ phase: String) { watched.withLock { $0?.phase = phase } }

  func roundEnds() { watched.withLock { $0 = nil } }

  private func look() {
    guard let watched = watched.withLock({ $0 }), .now - watched.began > limit else { return }
    Violation.end("hangs: no end after \(limit), in the phase “\(watched.phase)”")
  }
}
