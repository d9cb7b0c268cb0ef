import Testing

/// Returns when the condition holds, for what nobody tells of; a test that waits in vain is ended by its time limit.
func eventually(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) async rethrows {
  while try !condition() {
    await Task.yield()
    if Task.isCancelled {
      Issue.record("did not come true in time", sourceLocation: sourceLocation)
      return
    }
  }
}
