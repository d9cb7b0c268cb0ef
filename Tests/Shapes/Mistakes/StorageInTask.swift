// error: passing closure as a 'sending' parameter risks causing data races
import GenServerKit

final class Trace { var spans = 0 }

enum CurrentTrace: ProcessStorageKey { typealias Value = Trace }

func trace() {
  spawn { process in
    guard let trace = process.storage[CurrentTrace.self] else { return }
    Task { trace.spans += 1 }
  }
}
