private import GenServerKit
public import Logging

/// What a runtime has logged.
///
/// ```swift
/// #expect(test.logs.entries.contains { $0.level == .error && $0.metadata["server"] == "Cache" })
/// ```
public struct LogRecorder: Sendable {
  /// One record of the log.
  public struct Entry: Sendable {
    /// How grave it is: crashes are errors, what holds others up is a warning.
    public let level: Logger.Level

    /// The text.
    public let message: String

    /// The pid, the type and the name of the process, and what belongs to the record, such as reason and state.
    public let metadata: Logger.Metadata
  }

  private final class Storage: @unchecked Sendable {
    // Unchecked: touched under the lock only, which the thread sanitizer sees.
    private let lock = Lock()
    private var entries: [Entry] = []

    var all: [Entry] { lock.withLock { entries } }
    func append(_ entry: Entry) { lock.withLock { entries.append(entry) } }
  }

  private let storage = Storage()

  package init() {}

  /// All records so far, in the order in which they came.
  public var entries: [Entry] { storage.all }

  func append(_ entry: Entry) { storage.append(entry) }

  package var logger: Logger { Logger(label: "GenServerTesting") { _ in RecordingHandler(recorder: self) } }
}

private struct RecordingHandler: LogHandler {
  let recorder: LogRecorder
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]

  init(recorder: LogRecorder) { self.recorder = recorder }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    recorder.append(
      LogRecorder.Entry(
        level: event.level, message: "\(event.message)",
        metadata: metadata.merging(event.metadata ?? [:]) { _, new in new }))
  }
}
