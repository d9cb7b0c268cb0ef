import GenServerTesting
import Logging

extension LogRecorder {
  /// Crashes and unexpected messages. Warnings are left out: on a busy machine the pool names processes that hold up a
  /// thread.
  var errors: [Entry] { entries.filter { $0.level == .error } }
}
