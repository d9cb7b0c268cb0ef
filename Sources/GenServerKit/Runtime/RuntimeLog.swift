internal import Logging

/// The log of one runtime, for records that come up on any thread.
///
/// The handler is the user's code, and so are the descriptions of labels and of other values in a record. If the
/// calling thread serves all runtimes, a thread that belongs to this runtime writes the record; see `Errands`. Then 256
/// records may wait for a handler that blocks; further ones are dropped, and the log says how many.
final class RuntimeLog: Sendable {
  private static let limit = 256

  let logger: Logger
  private let errands: Errands

  init(_ logger: Logger) {
    self.logger = logger
    errands = Errands(limit: Self.limit) { count in
      logger.warning(
        "\(count) records were left out, as the log's handler did not keep up", metadata: ["leftOut": "\(count)"])
    }
  }

  /// Writes a record here, or on the runtime's own thread. All of its text is made where it is written.
  func write(_ record: @escaping @Sendable (Logger) -> Void) { errands.run { [logger] in record(logger) } }

  /// Writes a record on the runtime's own thread, never on the calling one.
  func writeElsewhere(_ record: @escaping @Sendable (Logger) -> Void) {
    errands.leave { [logger] in record(logger) }
  }
}
