import GenServerKit

/// The decisions of one run, in their order: drawn from a seed, or taken from a list, and kept, so that a run can be
/// repeated and changed. The first possibility is the one that a run without any decision would take.
struct SimulationChoices {
  private var generator: SplitMix64
  private let script: [UInt32]?
  private(set) var made: [UInt32] = []
  private var isClosed = false
  private var priorities: [UInt64: UInt64] = [:]
  private var changes: Set<Int> = []
  private let hasPriorities: Bool
  private var lowest: UInt64 = 1 << 32
  private var picks = 0

  init(seed: UInt64, strategy: SimulationStrategy) {
    generator = SplitMix64(seed: seed)
    script = nil
    var changeCount: Int?
    switch strategy {
    case .uniform: break
    case .priorities(let changes): changeCount = changes
    case .mixed: changeCount = generator.next() % 2 == 0 ? nil : 3
    }
    hasPriorities = changeCount != nil
    // The length of a run is not known beforehand: the changes fall into a part of it whose length is drawn as well.
    let length = 16 << Int(generator.next() % 8)
    let count = min(changeCount ?? 0, length)
    while changes.count < count { changes.insert(1 + Int(generator.next() % UInt64(length))) }
  }

  /// Repeats the decisions that were `made` in another run, and takes the first possibility where they end.
  init(script: [UInt32]) {
    generator = SplitMix64(seed: 0)
    self.script = script
    hasPriorities = false
  }

  /// Decides on a number below `bound`.
  mutating func below(_ bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    if let scripted = scripted(bound) { return scripted }
    return keep(Int(generator.next() % UInt64(bound)))
  }

  /// Decides which of several runs next; each is known by a key that stays the same.
  mutating func pick(_ count: Int, key: (Int) -> UInt64) -> Int {
    guard count > 1 else { return 0 }
    if let scripted = scripted(count) { return scripted }
    guard hasPriorities else { return keep(Int(generator.next() % UInt64(count))) }
    var best = 0
    var bestPriority: UInt64 = 0
    for index in 0..<count {
      let priority = priority(of: key(index))
      if priority > bestPriority { (best, bestPriority) = (index, priority) }
    }
    picks += 1
    if changes.contains(picks) {
      lowest -= 1
      priorities[key(best)] = lowest
    }
    return keep(best)
  }

  private mutating func priority(of key: UInt64) -> UInt64 {
    if let known = priorities[key] { return known }
    // The new priority lies above those that have fallen behind.
    let new = generator.next() | 1 << 33
    priorities[key] = new
    return new
  }

  private mutating func scripted(_ bound: Int) -> Int? {
    guard let script else { return nil }
    return keep(made.count < script.count ? min(Int(script[made.count]), bound - 1) : 0)
  }

  private mutating func keep(_ choice: Int) -> Int {
    if !isClosed { made.append(UInt32(choice)) }
    return choice
  }

  /// Ends the list: decisions after the end of the test do not change it, and are not kept.
  mutating func close() { isClosed = true }
}
