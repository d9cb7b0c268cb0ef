import Foundation
import GenServerKit

/// Something came out that the library promises cannot.
enum Violation {
  /// What runs now, such as `round 12 of seed 7`, and where.
  struct Place {
    var text = ""
    var runtimes: [Runtime] = []
  }

  static let place = Guarded(Place())

  /// Says what was wrong and how the processes look, and ends the program: what comes after a broken promise proves
  /// nothing.
  static func end(_ text: String) -> Never {
    // Held to the end, so that of several the first one speaks alone.
    place.withLock { place in
      say("soak: VIOLATION in \(place.text): \(text)")
      // Later than the text: what hangs may not even let itself be looked at.
      let processes = place.runtimes.flatMap { $0.processes.compactMap(\.snapshot) }
      say("\(processes.count) processes live:")
      for process in processes { say("  \(process.line)") }
      fflush(nil)
      // Not `exit`, which would tear down what other threads still use.
      _exit(1)
    }
  }

  private static func say(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }
}

func require(_ isTrue: Bool, _ text: @autoclosure () -> String) {
  if !isTrue { Violation.end(text()) }
}
