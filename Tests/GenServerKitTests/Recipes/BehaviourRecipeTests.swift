import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "A behaviour on top of GenServer".

/// A server that collects items and handles them together, when there are enough or the first has waited long enough.
private protocol Batcher: GenServer where Call == Never, Cast == BatchMessage<Item>, Info == BatchIsDue {
  associatedtype Item: Sendable

  var batch: Batch<Item> { get set }

  mutating func handleBatch(_ items: [Item]) throws
}

/// What a batcher has to keep.
private struct Batch<Item: Sendable> {
  let size: Int
  let delay: Duration
  var items: [Item] = []
  var timer: TimerReference?
}

private enum BatchMessage<Item: Sendable>: Sendable { case add(Item) }

private struct BatchIsDue: Sendable {}

extension Batcher {
  fileprivate mutating func handleCast(_ cast: Cast, context: Context) throws -> Next {
    switch cast {
    case .add(let item):
      if batch.items.isEmpty { batch.timer = context.send(BatchIsDue(), after: batch.delay) }
      batch.items.append(item)
      if batch.items.count >= batch.size { try handleAll() }
    }
    return .noReply
  }

  fileprivate mutating func handleInfo(_ info: Info, context: Context) throws -> Next {
    try handleAll()
    return .noReply
  }

  private mutating func handleAll() throws {
    batch.timer?.cancel()
    let items = batch.items
    batch.items = []
    // The timer's message may have been in the mailbox already.
    if !items.isEmpty { try handleBatch(items) }
  }
}

extension ServerRef where Server: Batcher {
  fileprivate func add(_ item: Server.Item) { cast(.add(item)) }
}

/// One that uses it.
private struct Mailer: Batcher {
  var batch = Batch<String>(size: 3, delay: .seconds(10))
  let post: Journal

  static func initialize(_ post: Journal, context: Context) -> Initial { .ok(Mailer(post: post)) }

  mutating func handleBatch(_ items: [String]) { post.write(items.joined(separator: ", ")) }
}

@Suite("Recipe: A behaviour on top of GenServer") struct BehaviourRecipeTests {
  @Test("enough items, or enough time")
  func batches() async throws {
    try await withTestRuntime { test in
      let post = Journal()
      let mailer = try await Mailer.start(post)
      for item in ["a", "b", "c"] { mailer.add(item) }
      await test.clock.advance(by: .seconds(5))
      #expect(post.lines == ["a, b, c"])
      mailer.add("d")
      await test.clock.advance(by: .milliseconds(9999))
      #expect(post.lines == ["a, b, c"])
      await test.clock.advance(by: .milliseconds(1))
      #expect(post.lines == ["a, b, c", "d"])
    }
  }
}
