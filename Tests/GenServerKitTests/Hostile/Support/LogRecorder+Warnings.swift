import GenServerTesting
import Logging

extension LogRecorder {
  /// The warnings that a test is about: on a busy machine the pool adds its own.
  func warnings(containing text: String) -> [Entry] {
    entries.filter { $0.level == .warning && $0.message.contains(text) }
  }
}
