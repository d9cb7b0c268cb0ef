import Testing

/// Returns when the condition holds, or records that it does not within thirty seconds.
///
/// Only for what nobody tells of: that a thread has let go of a process whose answer is there already (its status, and
/// whether it lends), of an object (its memory), or of a timer. Everything else is awaited.
func eventually(
  _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) async rethrows {
  let end = ContinuousClock.now + .seconds(30)
  while try !condition() {
    await Task.yield()
    if Task.isCancelled || ContinuousClock.now > end {
      let comments = [Comment("did not come true within thirty seconds"), comment].compactMap { $0 }
      Issue.record("\(comments.map(\.rawValue).joined(separator: ": "))", sourceLocation: sourceLocation)
      return
    }
  }
}
