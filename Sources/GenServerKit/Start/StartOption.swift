/// A setting of one process that differs from the default.
///
/// ```swift
/// let log = try await EventLog.start(options: [.mailbox(limit: 1000, whenFull: .dropOldest), .callsInPlace(.never)])
/// ```
///
/// When two options of one kind are given, the later one counts. A start with a value that makes no sense fails with
/// `StartError.invalidOption`.
public struct StartOption: Sendable {
  enum Choice: Sendable {
    case mailbox(limit: Int, whenFull: OverflowPolicy)
    case highWaterMark(Int)
    case abandonedRequests(AbandonedRequests)
    case callsInPlace(CallsInPlace)
    case hibernate(Duration)
  }

  let choice: Choice

  /// Bounds the mailbox; messages of the server's own timers and requests of the system pass the bound. Without this
  /// option the mailbox is unbounded, as in OTP. The message being handled does not count.
  public static func mailbox(limit: Int, whenFull: OverflowPolicy = .refuse) -> Self {
    Self(choice: .mailbox(limit: limit, whenFull: whenFull))
  }

  /// Logs when more messages than this wait; 100,000 unless told otherwise. It is logged again after the process has
  /// caught up with its messages.
  public static func mailbox(highWaterMark: Int) -> Self { Self(choice: .highWaterMark(highWaterMark)) }

  /// Sets what happens to a request whose caller has given up; `skip` unless told otherwise.
  public static func abandonedRequests(_ choice: AbandonedRequests) -> Self {
    Self(choice: .abandonedRequests(choice))
  }

  /// Sets whether a caller may run the handler of its call in place, on its own thread, instead of waiting for another
  /// thread to do it; `whenFast` unless told otherwise.
  public static func callsInPlace(_ choice: CallsInPlace) -> Self { Self(choice: .callsInPlace(choice)) }

  /// Lets the server give up spare memory, as the action `.hibernate` does, when no message has come for that long.
  ///
  /// ```swift
  /// let session = try await Session.start(user, options: [.hibernate(after: .seconds(60))])
  /// ```
  ///
  /// The runtime checks the server once in that time, at most once a millisecond, so the server may be idle for up to
  /// twice as long before it hibernates. See `:hibernate_after` in Elixir.
  public static func hibernate(after idle: Duration) -> Self { Self(choice: .hibernate(idle)) }

  /// What happens to a request whose caller has given up before it was handled.
  @nonexhaustive public enum AbandonedRequests: Sendable {
    /// The handler does not run: the request leaves the mailbox when its caller gives up.
    case skip
    /// The handler runs, and its answer goes nowhere, as in OTP. Such requests keep their places in a mailbox with a
    /// bound; those that still wait for room outside of it are dropped all the same.
    case run
  }

  /// Whether a caller may run the handler on its own thread.
  ///
  /// A caller that does so cannot time out or be cancelled meanwhile. That is why a server has to earn it, and loses it
  /// when a handler turns out to be slow: the first slow run after fast ones holds its own caller, never a second one.
  @nonexhaustive public enum CallsInPlace: Sendable {
    /// Each call waits for another thread to handle it.
    case never
    /// Callers run the handler once four calls in a row took less than 50 µs each; new processes of a type that has
    /// earned this start with it.
    case whenFast
    /// Callers run the handler from the first call on, and for ever.
    case always
  }
}
