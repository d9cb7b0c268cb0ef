import GenServerTesting
import Logging

// Beside what a test is about the pool of threads may warn of handlers that hold a thread, on a busy machine of any.
extension LogRecorder {
  var errors: [Entry] { entries.filter { $0.level >= .error } }

  func warnings(containing text: String) -> [Entry] {
    entries.filter { $0.level == .warning && $0.message.contains(text) }
  }
}
