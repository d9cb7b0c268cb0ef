/// Runs `work` once to warm up and once against the clock, and returns nanoseconds per operation.
@concurrent func nanoseconds(
  _ operations: Int, _ work: @concurrent @Sendable (Int) async throws -> Void
) async throws -> Double {
  try await work(operations)
  let clock = ContinuousClock()
  let begin = clock.now
  try await work(operations)
  return (clock.now - begin).nanoseconds / Double(operations)
}

extension Duration {
  var nanoseconds: Double { self / .nanoseconds(1) }
}
