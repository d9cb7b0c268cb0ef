import GenServerKit

extension ServerRef where Server: PuppetShow {
  /// The notes once there are so many, or what there is after a long time: who tells of an end may have been held up.
  func notes(_ count: Int) async throws -> [String] {
    let deadline = ContinuousClock.now.advanced(by: .seconds(10))
    while ContinuousClock.now < deadline {
      let notes = try await notes()
      if notes.count >= count { return notes }
      await Task.yield()
    }
    return try await notes()
  }
}

/// Whether it is true in the end.
func becomesTrue(_ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now.advanced(by: .seconds(10))
  while !condition(), ContinuousClock.now < deadline { await Task.yield() }
  return condition()
}
