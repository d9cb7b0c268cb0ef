/// How long the texts of values may become in reports of crashes, in other records of the log, and in errors.
///
/// ```swift
/// let runtime = Runtime(reports: ReportLimits(state: 64 * 1024))
/// ```
///
/// What is longer ends with `and 12 more`. The rest of the value costs nothing, so a large state or a large request
/// makes no failure slow. A description that a type gives itself is cut as well, but made as a whole before.
public struct ReportLimits: Hashable, Sendable {
  /// For a request or any other message, in bytes of UTF-8.
  public var request: Int

  /// For the state of a server, and for the reason of its end, in bytes of UTF-8.
  public var state: Int

  /// One kibibyte for a request and eight for a state, unless told otherwise.
  public init(request: Int = 1024, state: Int = 8192) {
    self.request = request
    self.state = state
  }

  static let `default` = ReportLimits()
}
