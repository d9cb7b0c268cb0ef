import GenServerKit
import GenServerTesting
import Testing

/// Processes that end when they have hardly begun: what they have sent comes first, then one message for each way in which
/// their end is waited for.
enum SpawnProperty {
  private struct Crash: Error {}

  private struct Child {
    let pid: PID
    var isLinked = false
    /// Linked once more when it may have ended.
    var isLinkedAgain = false
    var monitors: [Monitor] = []
  }

  static func holds(_ simulation: Simulation) async throws {
    try await withProcess { process in
      process.trapExits()
      var random = simulation.runtime.randomNumberGenerator
      var children: [Child] = []
      for number in 0..<8 {
        let turns = Int.random(in: 0..<3, using: &random)
        let parent = process.pid
        var child: Child
        if Bool.random(using: &random) {
          child = Child(pid: process.spawnLink { _ in try await live(number, turns, parent) }, isLinked: true)
        } else {
          let (pid, monitor) = process.spawnMonitored { _ in try await live(number, turns, parent) }
          child = Child(pid: pid, monitors: [monitor])
        }
        if Bool.random(using: &random) { await Task.yield() }
        switch Int.random(in: 0..<3, using: &random) {
        case 0 where child.isLinked:
          process.link(child.pid)
          child.isLinkedAgain = true
        case 1: child.monitors.append(process.monitor(child.pid))
        default: break
        }
        children.append(child)
      }
      await simulation.settle()
      var messages: [any Sendable] = []
      while let message = try await process.receive(timeout: .seconds(0)) { messages.append(message) }
      for (number, child) in children.enumerated() { try expect(number, child, messages) }
      let expected = children.reduce(0) { $0 + 1 + $1.monitors.count + ($1.isLinked ? 1 : 0) }
      let again = children.count(where: \.isLinkedAgain)
      try check((expected...(expected + again)).contains(messages.count), "\(messages.count) messages")
    }
  }

  private static func live(_ number: Int, _ turns: Int, _ parent: PID) async throws {
    for _ in 0..<turns { await Task.yield() }
    parent.send(number)
    throw Crash()
  }

  private static func expect(_ number: Int, _ child: Child, _ messages: [any Sendable]) throws {
    guard let sent = messages.firstIndex(where: { $0 as? Int == number }) else {
      throw Broken("what \(number) sent did not come")
    }
    let exits = messages.indices.filter { (messages[$0] as? Exit)?.pid == child.pid }
    let reasons = exits.compactMap { (messages[$0] as? Exit)?.reason }
    try check(reasons.first == (child.isLinked ? .failure(Crash()) : nil), "\(number) ended with \(reasons)")
    let further = Array(reasons.dropFirst())
    try check(further.isEmpty || child.isLinkedAgain && further == [.noProcess], "\(number) ended with \(reasons)")
    try check(exits.allSatisfy { $0 > sent }, "the exit of \(number) overtook what it had sent")
    for (index, monitor) in child.monitors.enumerated() {
      let downs = messages.indices.filter { (messages[$0] as? Down)?.monitor == monitor }
      try check(downs.count == 1, "\(downs.count) messages of a watch on \(number)")
      guard let reason = downs.first.flatMap({ (messages[$0] as? Down)?.reason }) else { continue }
      let isLate = child.isLinked || index > 0
      try check(reason == .failure(Crash()) || isLate && reason == .noProcess, "a watch on \(number) tells \(reason)")
      try check(downs.allSatisfy { $0 > sent }, "the end of \(number) overtook what it had sent")
    }
  }
}

@Suite("Spawned processes, simulated", .timeLimit(.minutes(10))) struct SpawnPropertyTests {
  @Test("A linked or monitored spawn brings one message of the end, behind what was sent")
  func holds() async throws { try await simulate(seeds: Seeds.all, SpawnProperty.holds) }
}
