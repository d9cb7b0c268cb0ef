import GenServerKit

/// Reads its sum, waits, and writes the sum back later: it would lose numbers if another message ran in between.
struct SlowAdder: GenServer {
  struct Sum: Equatable, Sendable {
    var total = 0
    var numbers: [Int] = []
  }
  enum Call: Sendable { case sum(ReplyTo<Sum>) }
  enum Cast: Sendable { case add(Int, pauses: Int) }

  var sum = Sum()

  static func initialize(_: Void, context: Context) -> Initial { .ok(SlowAdder()) }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .add(let number, let pauses):
      let before = sum
      for _ in 0..<pauses { await Task.yield() }
      sum = Sum(total: before.total + number, numbers: before.numbers + [number])
    }
    return .noReply
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .sum(let client): .reply(sum, to: client)
    }
  }
}

extension ServerRef where Server == SlowAdder {
  func sum() async throws(CallError) -> SlowAdder.Sum { try await call { .sum($0) } }
  @discardableResult func add(_ number: Int, pauses: Int) -> Delivery { cast(.add(number, pauses: pauses)) }
}
