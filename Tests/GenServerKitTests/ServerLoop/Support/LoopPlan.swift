import GenServerKit

/// What a loop server does when it starts and when it ends.
struct LoopPlan: Sendable {
  /// Followed by `initialize`.
  var order = Order("")
  /// Gets what `terminate` was told.
  var journal = Journal()
  /// Gets the notes as they are made.
  var handled = Journal()
  /// Where `terminate` waits before it returns.
  var gate: Gate?
  /// What `terminate` throws.
  var error: ProbeError?
  /// Whether async handlers really suspend.
  var suspends = false
}
