import GenServerKit

/// One run of a worker, from its start to its end. What a manager starts in its place is another one.
struct Life: Sendable {
  let number: Int
  let address: WorkerAddress
  let traits: WorkerTraits
}

/// The workers of a round.
final class Population: Sendable {
  private struct Lives {
    var all: [Life] = []
    /// As far as the clients know.
    var living: [Life] = []
  }

  private let lives = Guarded(Lives())

  var all: [Life] { lives.withLock { $0.all.map { $0 } } }
  var count: Int { lives.withLock { $0.living.count } }

  /// By a worker when it begins; returns its number.
  func enter(_ address: WorkerAddress, _ traits: WorkerTraits) -> Int {
    lives.withLock { lives in
      let life = Life(number: lives.all.count, address: address, traits: traits)
      lives.all.append(life)
      lives.living.append(life)
      return life.number
    }
  }

  /// By a client that found it dead.
  func leave(_ life: Life) {
    lives.withLock { lives in lives.living.removeAll { $0.number == life.number } }
  }

  func pick(using random: inout SeededGenerator, where isWanted: (Life) -> Bool = { _ in true }) -> Life? {
    lives.withLock { $0.living.filter(isWanted).randomElement(using: &random) }
  }
}
