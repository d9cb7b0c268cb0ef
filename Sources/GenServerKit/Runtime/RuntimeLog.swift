internal import Logging

/// The log of one runtime, for what comes up on any thread.
///
/// The handler is the user's code, and so are the texts of labels and of what else a record says. Where the calling thread
/// serves all runtimes, records are written by a thread of the runtime's own; see `Errands`. Then 256 may wait for a
/// handler that blocks; what comes beyond is left out, and the log says how many.
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

  /// Makes a record here, or on the runtime's own thread. All of its text is made where it is written.
  func write(_ record: @escaping @Sendable (Logger) -> Void) { errands.run { [logger] in record(logger) } }

  /// The same, never here.
  func writeElsewhere(_ record: @escaping @Sendable (Logger) -> Void) {
    errands.leave { [logger] in record(logger) }
  }
}
