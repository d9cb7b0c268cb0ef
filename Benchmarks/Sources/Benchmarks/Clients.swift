/// Runs `work` in `count` tasks side by side and returns when all have ended.
@concurrent func clients(
  _ count: Int, _ work: @escaping @concurrent @Sendable (Int) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for client in 0..<count {
      group.addTask { try await work(client) }
    }
    try await group.waitForAll()
  }
}
