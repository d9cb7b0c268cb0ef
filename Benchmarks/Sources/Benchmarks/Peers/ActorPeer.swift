/// The counter as a plain actor.
actor ActorCounter {
  private var count = 0

  func increment() -> Int {
    count += 1
    return count
  }

  func incrementInAsyncMethod() async -> Int {
    count += 1
    return count
  }

  func incrementAfterYield() async -> Int {
    await Task.yield()
    count += 1
    return count
  }

  func block() { blockThread() }
}
