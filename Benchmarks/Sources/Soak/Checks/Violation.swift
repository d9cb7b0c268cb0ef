import Foundation
import Synchronization

/// Something came out that the library promises cannot.
enum Violation {
  /// What runs now, such as `round 12 of seed 7`.
  static let place = Mutex("")

  /// Says what was wrong, and ends the program: what comes after a broken promise proves nothing.
  static func end(_ text: String) -> Never {
    // Held to the end, so that of several the first one speaks alone.
    place.withLock { place in
      try? FileHandle.standardError.write(contentsOf: Data("soak: VIOLATION in \(place): \(text)\n".utf8))
      fflush(nil)
      // Not `exit`, which would tear down what other threads still use.
      _exit(1)
    }
  }
}

func require(_ isTrue: Bool, _ text: @autoclosure () -> String) {
  if !isTrue { Violation.end(text()) }
}
