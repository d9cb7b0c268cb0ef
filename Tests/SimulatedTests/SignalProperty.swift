import GenServerKit
import GenServerTesting
import Testing

/// Links, watches and exits in random graphs, against a model of sets.
enum SignalProperty {
  private enum Order: Sendable {
    case link(PID)
    case unlink(PID)
    case watch(PID, Int)
    case unwatch(Int)
  }

  private struct Model {
    var alive: Set<Int>
    var links: Set<[Int]> = []
    /// By number: who watches whom.
    var watches: [Int: (watcher: Int, target: Int)] = [:]
    var expected: Set<Int> = []
    /// Of those that ended together with what they watched, and may have heard of it before.
    var possible: Set<Int> = []

    mutating func kill(_ first: Int) {
      var dead: Set<Int> = [first]
      var edge = [first]
      while let one = edge.popLast() {
        for link in links where link.contains(one) {
          let peer = link[0] == one ? link[1] : link[0]
          if dead.insert(peer).inserted { edge.append(peer) }
        }
      }
      alive.subtract(dead)
      links = links.filter { !dead.contains($0[0]) && !dead.contains($0[1]) }
      for (number, watch) in watches where dead.contains(watch.watcher) || dead.contains(watch.target) {
        watches[number] = nil
        if !dead.contains(watch.watcher) {
          expected.insert(number)
        } else if dead.contains(watch.target) {
          possible.insert(number)
        }
      }
    }
  }

  static func holds(_ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let size = 6
    let downs = Journal<Int>()
    let pids = (0..<size).map { _ in spawn { process in try await obey(process, downs) } }
    var model = Model(alive: Set(0..<size))
    var number = 0
    for _ in 0..<4 {
      // One order for each pair at a time: of two that contradict each other either may come first.
      var used: Set<[Int]> = []
      for _ in 0..<8 {
        let living = model.alive.sorted()
        guard let one = living.randomElement(using: &random), let other = living.randomElement(using: &random),
          one != other
        else { continue }
        let pair = [min(one, other), max(one, other)]
        guard used.insert(pair).inserted else { continue }
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
          if model.links.contains(pair) {
            pids[one].send(Order.unlink(pids[other]))
            model.links.remove(pair)
          } else {
            pids[one].send(Order.link(pids[other]))
            model.links.insert(pair)
          }
        case 2:
          number += 1
          pids[one].send(Order.watch(pids[other], number))
          model.watches[number] = (one, other)
        default:
          guard let (known, watch) = model.watches.min(by: { $0.key < $1.key }) else { continue }
          pids[watch.watcher].send(Order.unwatch(known))
          model.watches[known] = nil
        }
      }
      await simulation.settle()
      if let victim = model.alive.sorted().randomElement(using: &random) {
        model.kill(victim)
        pids[victim].exit(.killed)
      }
      await simulation.settle()
      let alive = Set(pids.indices.filter { pids[$0].isAlive })
      try check(alive == model.alive, "alive are \(alive.sorted()), not \(model.alive.sorted())")
      let heard = downs.all.filter { !model.possible.contains($0) }
      try check(heard.sorted() == model.expected.sorted(), "downs \(heard.sorted()), not \(model.expected.sorted())")
      for index in model.alive {
        let links = pids[index].snapshot?.links.compactMap { pids.firstIndex(of: $0) } ?? []
        let expected = model.links.filter { $0.contains(index) }.map { $0[0] == index ? $0[1] : $0[0] }
        try check(
          links.sorted() == expected.sorted(), "\(index) is linked to \(links.sorted()), not \(expected.sorted())")
      }
    }
  }

  private static func obey(_ process: RawProcess, _ downs: Journal<Int>) async throws {
    var monitors: [Int: Monitor] = [:]
    while true {
      let message = try await process.receive()
      if let down = message as? Down {
        for (number, monitor) in monitors where monitor == down.monitor { downs.write(number) }
        continue
      }
      switch message as? Order {
      case .link(let pid)?: process.link(pid)
      case .unlink(let pid)?: process.unlink(pid)
      case .watch(let pid, let number)?: monitors[number] = process.monitor(pid)
      case .unwatch(let number)?: if let monitor = monitors.removeValue(forKey: number) { process.demonitor(monitor) }
      case nil: break
      }
    }
  }
}

@Suite("Signals, simulated", .timeLimit(.minutes(10))) struct SignalPropertyTests {
  @Test("Links, watches and exits agree with a model of them")
  func holds() async throws { try await simulate(seeds: Seeds.all, SignalProperty.holds) }
}
