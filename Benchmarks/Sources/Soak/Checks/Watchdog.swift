import Foundation
import GenServerKit
import Synchronization

/// Ends the program when a round hangs, and shows what its processes look like. A thread of its own: whatever hangs, it
/// does not.
final class Watchdog: Sendable {
  private struct Watched {
    let runtime: Runtime
    let began: ContinuousClock.Instant
    var phase: String
  }

  private let limit: Duration
  private let watched = Mutex<Watched?>(nil)

  init(limit: Duration) {
    self.limit = limit
    Thread.detachNewThread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 1)
        look()
      }
    }
  }

  func roundBegins(in runtime: Runtime) {
    watched.withLock { $0 = Watched(runtime: runtime, began: .now, phase: "start") }
  }

  /// What the round is at, to be told if it stays there.
  func roundReaches(_ phase: String) { watched.withLock { $0?.phase = phase } }

  func roundEnds() { watched.withLock { $0 = nil } }

  private func look() {
    guard let watched = watched.withLock({ $0 }), .now - watched.began > limit else { return }
    let processes = watched.runtime.processes.compactMap(\.snapshot).map(Self.text)
    Violation.end(
      """
      hangs: no end after \(limit), in the phase “\(watched.phase)”. \(processes.count) processes:
      \(processes.joined(separator: "\n"))
      """)
  }

  private static func text(_ snapshot: ProcessSnapshot) -> String {
    var parts = ["\(snapshot.type) \(snapshot.pid)", "\(snapshot.status)"]
    if let name = snapshot.name { parts.append("name \(name)") }
    if let label = snapshot.label { parts.append("label \(label)") }
    if let origin = snapshot.origin { parts.append("from \(origin)") }
    if let handling = snapshot.handling { parts.append("in \(handling.handler)") }
    if let other = snapshot.waitsFor { parts.append("waits for \(other)") }
    parts.append("mailbox \(snapshot.mailboxCount)")
    if snapshot.trapsExits { parts.append("traps exits") }
    if !snapshot.links.isEmpty { parts.append("links \(snapshot.links)") }
    if !snapshot.monitors.isEmpty { parts.append("monitors \(snapshot.monitors.count)") }
    return "  " + parts.joined(separator: ", ")
  }
}
