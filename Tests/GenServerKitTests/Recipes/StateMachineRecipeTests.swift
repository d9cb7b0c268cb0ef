import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "A state machine".

/// A purchase, whose state is one of three shapes.
private enum Purchase: GenServer {
  case open([String])
  case paid([String], receipt: Int)
  case shipped(receipt: Int)

  enum Refusal: Error { case notPaid, alreadyPaid, alreadyShipped }
  enum Call: Sendable {
    case add(String, ReplyTo<Result<Int, Refusal>>)
    case pay(receipt: Int, ReplyTo<Result<Void, Refusal>>)
    case ship(ReplyTo<Result<[String], Refusal>>)
  }

  static func initialize(_ items: [String], context: Context) -> Initial { .ok(.open(items)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .add(let item, let client): add(item, client)
    case .pay(let receipt, let client): pay(receipt, client)
    case .ship(let client): ship(client)
    }
  }

  private mutating func add(_ item: String, _ client: ReplyTo<Result<Int, Refusal>>) -> Next {
    switch consume self {
    case .open(var items):
      items.append(item)
      let count = items.count
      self = .open(items)
      return .reply(count, to: client)
    case .paid(let items, let receipt):
      self = .paid(items, receipt: receipt)
      return .fail(.alreadyPaid, to: client)
    case .shipped(let receipt):
      self = .shipped(receipt: receipt)
      return .fail(.alreadyShipped, to: client)
    }
  }

  private mutating func pay(_ receipt: Int, _ client: ReplyTo<Result<Void, Refusal>>) -> Next {
    switch consume self {
    case .open(let items):
      self = .paid(items, receipt: receipt)
      return .reply(to: client)
    case .paid(let items, let receipt):
      self = .paid(items, receipt: receipt)
      return .fail(.alreadyPaid, to: client)
    case .shipped(let receipt):
      self = .shipped(receipt: receipt)
      return .fail(.alreadyShipped, to: client)
    }
  }

  private mutating func ship(_ client: ReplyTo<Result<[String], Refusal>>) -> Next {
    switch consume self {
    case .open(let items):
      self = .open(items)
      return .fail(.notPaid, to: client)
    case .paid(let items, let receipt):
      self = .shipped(receipt: receipt)
      return .reply(items, to: client)
    case .shipped(let receipt):
      self = .shipped(receipt: receipt)
      return .fail(.alreadyShipped, to: client)
    }
  }
}

extension ServerRef where Server == Purchase {
  fileprivate func add(_ item: String) async throws -> Int { try await call { .add(item, $0) }.get() }
  fileprivate func pay(receipt: Int) async throws { try await call { .pay(receipt: receipt, $0) }.get() }
  fileprivate func ship() async throws -> [String] { try await call { .ship($0) }.get() }
}

/// A state machine that is one of several stored properties.
private struct Recorder: GenServer {
  enum Phase {
    case stopped
    case recording([Int])
    /// Only while a handler has the phase in its hands.
    case parked
  }
  enum Cast: Sendable {
    case start
    case sample(Int)
  }
  enum Call: Sendable { case stop(ReplyTo<[Int]>) }

  let limit: Int
  var phase = Phase.stopped

  static func initialize(_ limit: Int, context: Context) -> Initial { .ok(Recorder(limit: limit)) }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    let current = takePhase()
    switch cast {
    case .start:
      phase = .recording([])
    case .sample(let value):
      switch consume current {
      case .recording(var samples):
        if samples.count < limit { samples.append(value) }
        phase = .recording(samples)
      case .stopped, .parked:
        phase = .stopped
      }
    }
    return .noReply
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .stop(let client):
      guard case .recording(let samples) = takePhase() else {
        phase = .stopped
        return .reply([], to: client)
      }
      phase = .stopped
      return .reply(samples, to: client)
    }
  }

  private mutating func takePhase() -> Phase {
    var taken = Phase.parked
    swap(&taken, &phase)
    return taken
  }
}

@Suite("Recipe: A state machine") struct StateMachineRecipeTests {
  @Test("each request is good in its state, and refused in the others")
  func purchase() async throws {
    try await withTestRuntime { _ in
      let purchase = try await Purchase.start(["tea"])
      await #expect(throws: Purchase.Refusal.notPaid) { try await purchase.ship() }
      #expect(try await purchase.add("milk") == 2)
      try await purchase.pay(receipt: 7)
      await #expect(throws: Purchase.Refusal.alreadyPaid) { try await purchase.add("salt") }
      await #expect(throws: Purchase.Refusal.alreadyPaid) { try await purchase.pay(receipt: 8) }
      #expect(try await purchase.ship() == ["tea", "milk"])
      await #expect(throws: Purchase.Refusal.alreadyShipped) { try await purchase.ship() }
      await #expect(throws: Purchase.Refusal.alreadyShipped) { try await purchase.pay(receipt: 9) }
    }
  }

  @Test("what is consumed is not copied")
  func noCopy() async throws {
    try await withTestRuntime { _ in
      let purchase = try await Purchase.start([])
      // So many that the array has room for some more, and stays where it is unless it is copied.
      for count in 1...300 { #expect(try await purchase.add("item") == count) }
      for _ in 1...9 {
        let before = try #require(try await Sys.state(of: purchase) { $0.address })
        _ = try await purchase.add("more")
        #expect(try await Sys.state(of: purchase) { $0.address } == before)
      }
    }
  }

  @Test("a stored state machine is parked while it is changed, and not copied either")
  func parked() async throws {
    try await withTestRuntime { _ in
      let recorder = try await Recorder.start(3)
      recorder.cast(.sample(0))
      recorder.cast(.start)
      for value in 1...5 { recorder.cast(.sample(value)) }
      #expect(try await recorder.call { .stop($0) } == [1, 2, 3])
      #expect(try await recorder.call { .stop($0) } == [])

      let long = try await Recorder.start(1000)
      long.cast(.start)
      for value in 1...600 { long.cast(.sample(value)) }
      for value in 601...609 {
        let before = try #require(try await Sys.state(of: long) { $0.address })
        long.cast(.sample(value))
        #expect(try await Sys.state(of: long) { $0.address } == before)
      }
    }
  }
}

extension Purchase {
  /// Where the items are in memory.
  fileprivate var address: UInt? {
    guard case .open(let items) = self else { return nil }
    return items.withUnsafeBufferPointer { $0.baseAddress.map { UInt(bitPattern: $0) } }
  }
}

extension Recorder {
  fileprivate var address: UInt? {
    guard case .recording(let samples) = phase else { return nil }
    return samples.withUnsafeBufferPointer { $0.baseAddress.map { UInt(bitPattern: $0) } }
  }
}
