import GenServerKit
public import Logging

/// The records that a runtime has logged.
///
/// ```swift
/// #expect(test.logs.entries.contains { $0.level == .error && $0.metadata["server"] == "Cache" })
/// ```
public struct LogRecorder: Sendable {
  /// One record of the log.
  public struct Entry: Sendable {
    /// How grave the record is: a crash is an error, and a process that holds others up is a warning.
    public let level: Logger.Level

    /// The text.
    public let message: String

    /// The pid, the type and the name of the process, and what belongs to the record, such as reason and state.
    public let metadata: Logger.Metadata
  }

  private final class Storage: Sendable {
    private let state = Locked<(entries: [Entry], waits: [LimitedWait])>((entries: [], waits: []))

    var all: [Entry] { state.withLock { $0.entries } }

    func append(_ entry: Entry) {
      let waits = state.withLock { state in
        state.entries.append(entry)
        defer { state.waits = [] }
        return state.waits
      }
      for wait in waits { wait.resolve() }
    }

    /// The records after the first `count`; if there are none, `wait` is told of the next.
    func entries(after count: Int, or wait: LimitedWait) -> [Entry] {
      state.withLock { state in
        if state.entries.count == count { state.waits.append(wait) }
        return Array(state.entries[count...])
      }
    }

    func forget(_ wait: LimitedWait) { state.withLock { $0.waits.removeAll { $0 === wait } } }
  }

  private let storage = Storage()

  package init() {}

  /// All records so far, in the order in which they came.
  public var entries: [Entry] { storage.all }

  /// Waits for a record that `isWanted` accepts, which may be there already.
  ///
  /// ```swift
  /// try await test.logs.first { $0.level == .warning && $0.message.contains("does not keep up") }
  /// ```
  ///
  /// The time limit works as in `expectExit(of:within:)`.
  ///
  /// - Throws: `ExpectationFailure` with what has been logged instead, when the time is up or the task is cancelled.
  @discardableResult public func first(
    within timeout: Duration = .seconds(5), fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line, column: UInt = #column, where isWanted: @Sendable (Entry) -> Bool
  ) async throws(ExpectationFailure) -> Entry {
    let limit = WaitLimit(timeout, in: .current)
    var looked = 0
    while true {
      let wait = LimitedWait(limit)
      let new = storage.entries(after: looked, or: wait)
      if let wanted = new.first(where: isWanted) { return wanted }
      looked += new.count
      if !new.isEmpty { continue }
      let hasCome = await wait.wait()
      storage.forget(wait)
      if !hasCome { break }
    }
    let logged = entries.suffix(10).map { "\n  \($0.text)" }.joined()
    throw ExpectationFailure(
      "waited \(timeout) for a record of the log; \(logged.isEmpty ? "nothing was logged" : "logged was:\(logged)")",
      at: SourcePlace(fileID, filePath, line, column))
  }

  func append(_ entry: Entry) { storage.append(entry) }

  package var logger: Logger { Logger(label: "GenServerTesting") { _ in RecordingHandler(recorder: self) } }
}

extension LogRecorder: CustomStringConvertible {
  /// A line for each record, for the comment of an expectation: `#expect(answer == 7, "\(test.logs)")`.
  public var description: String {
    let entries = entries
    return entries.isEmpty ? "nothing was logged" : entries.map(\.text).joined(separator: "\n")
  }
}

extension LogRecorder.Entry: CustomStringConvertible {
  /// Such as `error: Cache <0.3.0> ends because of a crash: … [pid: <0.3.0>, …]`, the metadata in the order of its
  /// keys.
  public var description: String {
    if metadata.isEmpty { return text }
    let details = metadata.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return "\(text) [\(details.joined(separator: ", "))]"
  }

  /// Level and text.
  fileprivate var text: String { "\(level): \(message)" }
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
