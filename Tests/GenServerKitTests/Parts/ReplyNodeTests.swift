import Foundation
import Testing

@testable import GenServerKit

private struct NodeTriple: Equatable {
  var a: UInt = 1
  var b: UInt = 2
  var c: UInt = 3
}

private struct NodeQuadruple: Equatable {
  var a: UInt = 1
  var b: UInt = 2
  var c: UInt = 3
  var d: UInt = 4
}

private struct NodeTallies {
  let first: PartsTallied
  let second: PartsTallied
}

private struct NodeManyTallies {
  let tallies: (PartsTallied, PartsTallied, PartsTallied, PartsTallied)
}

private final class NodeSink: ReplySink, @unchecked Sendable {
  // Unchecked: everything is touched under the lock only.
  private let lock = NSLock()
  private var heard: [String] = []
  private let waits: Bool

  init(waits: Bool = true) { self.waits = waits }

  var events: [String] { lock.withLock { heard } }

  func answered(_ node: ReplyNode) -> Bool {
    lock.withLock { heard.append("answered") }
    return waits
  }

  func lost() { lock.withLock { heard.append("lost") } }
  func left() { lock.withLock { heard.append("left") } }
  func watch(_ watch: ClientWatch) { lock.withLock { heard.append("watch") } }
  func reasonForLeaving() -> ExitReason? { waits ? nil : .failure(CallError.cancelled()) }
  var isOver: Bool { !waits }
  var caller: ProcessCore? { nil }
}

@Suite("Reply node") struct ReplyNodeTests {
  private func roundTrip<Value: Equatable>(_ value: Value) {
    let node = ReplyNode()
    #expect(!node.isDone)
    #expect(node.claim())
    node.write(value)
    #expect(!node.isDone)
    #expect(node.publish())
    #expect(node.isDone)
    #expect(node.read(Value.self) == value)
  }

  @Test("Values of every size and kind come out as they went in")
  func values() {
    roundTrip(true)
    roundTrip(UInt8(7))
    roundTrip(42)
    roundTrip(Int?.none)
    roundTrip("short")
    roundTrip("a text that is too long to lie in the string itself")
    roundTrip(NodeTriple())
    roundTrip(NodeQuadruple())
    roundTrip([1, 2, 3])
    roundTrip((1...100).map { "\($0)" })
    // An alignment larger than the room's.
    roundTrip(SIMD4<Float>(1, 2, 3, 4))
    roundTrip(SIMD8<Double>(repeating: 5))
    roundTrip(Result<NodeQuadruple, ExitReason>.success(NodeQuadruple()))
    roundTrip(Result<Int, ExitReason>.failure(.killed))
    #expect(MemoryLayout<NodeTriple>.size == 24)
    #expect(MemoryLayout<ReplyNode.Storage>.size == 24)
  }

  @Test("A value that is read ends once, when its reader lets go")
  func readOnce() {
    let tally = PartsTally()
    let node = ReplyNode()
    do {
      #expect(node.claim())
      node.write(PartsTallied(1, tally))
      node.publish()
      let value = node.read(PartsTallied.self)
      #expect(value.number == 1)
      #expect(tally.total == 0)
    }
    #expect(tally.ended == [1: 1])
  }

  @Test("Values that nobody reads end once, with the node")
  func neverRead() {
    let tally = PartsTally()
    func write<Value>(_ value: consuming Value) {
      let node = ReplyNode()
      #expect(node.claim())
      node.write(value)
      node.publish()
    }
    write(PartsTallied(1, tally))
    write(NodeTallies(first: PartsTallied(2, tally), second: PartsTallied(3, tally)))
    write(
      NodeManyTallies(
        tallies: (PartsTallied(4, tally), PartsTallied(5, tally), PartsTallied(6, tally), PartsTallied(7, tally))))
    write([PartsTallied(8, tally)])
    write(Optional(PartsTallied(9, tally)))
    #expect(tally.ended == Dictionary(uniqueKeysWithValues: (1...9).map { ($0, 1) }))
  }

  @Test("Large values that are read end once as well")
  func largeRead() {
    let tally = PartsTally()
    do {
      let node = ReplyNode()
      #expect(node.claim())
      node.write(
        NodeManyTallies(
          tallies: (PartsTallied(1, tally), PartsTallied(2, tally), PartsTallied(3, tally), PartsTallied(4, tally))))
      node.publish()
      #expect(node.read(NodeManyTallies.self).tallies.3.number == 4)
    }
    #expect(tally.ended == [1: 1, 2: 1, 3: 1, 4: 1])
  }

  @Test("An answer that is taken back ends its value, and the next one counts")
  func reopen() {
    let tally = PartsTally()
    let node = ReplyNode()
    #expect(node.claim())
    #expect(!node.claim())
    node.write(PartsTallied(1, tally))
    node.reopen()
    #expect(tally.ended == [1: 1])
    #expect(!node.isDone)
    #expect(node.claim())
    node.write(7)
    node.publish()
    #expect(node.read(Int.self) == 7)
  }

  @Test("Of many that answer at once exactly one may")
  func claims() async {
    // A race for one bit.
    for _ in 0..<200 {
      let node = ReplyNode()
      let winners = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<8 { group.addTask { node.claim() ? 1 : 0 } }
        return await group.reduce(0, +)
      }
      #expect(winners == 1)
    }
  }

  @Test("Who waits is told of the answer, once")
  func sink() {
    let sink = NodeSink()
    do {
      let node = ReplyNode()
      let (isPending, hasLeft) = node.attach(sink)
      #expect(isPending)
      #expect(!hasLeft)
      #expect(sink.events.isEmpty)
      #expect(node.claim())
      node.write(1)
      #expect(node.publish())
    }
    #expect(sink.events == ["answered"])
  }

  @Test("An answer that was there before the wait is found by attaching")
  func answeredBefore() {
    let sink = NodeSink()
    do {
      let node = ReplyNode()
      #expect(node.claim())
      node.write(1)
      #expect(node.publish())
      #expect(!node.attach(sink).isPending)
    }
    #expect(sink.events.isEmpty)
  }

  @Test("A node that dies without an answer tells who waits")
  func lost() {
    let sink = NodeSink()
    do {
      let node = ReplyNode()
      _ = node.attach(sink)
      #expect(sink.events.isEmpty)
      withExtendedLifetime(node) {}
    }
    #expect(sink.events == ["lost"])
  }

  @Test("Who waits hears that the handler has gone, unless there is an answer")
  func left() {
    let sink = NodeSink()
    let node = ReplyNode()
    _ = node.attach(sink)
    node.handlerLeft()
    #expect(sink.events == ["left"])

    let early = ReplyNode()
    early.handlerLeft()
    #expect(early.attach(NodeSink()).hasLeft)

    let answered = NodeSink()
    let done = ReplyNode()
    _ = done.attach(answered)
    #expect(done.claim())
    done.write(1)
    done.publish()
    done.handlerLeft()
    #expect(answered.events == ["answered"])
  }

  @Test("Nobody takes the answer when the caller has given up")
  func abandoned() {
    let node = ReplyNode()
    #expect(!node.isAbandoned)
    _ = node.attach(NodeSink(waits: false))
    #expect(node.isAbandoned)
    #expect(node.claim())
    node.write(1)
    #expect(!node.publish())
  }

  @Test("A spent node takes no answer")
  func spent() {
    #expect(!ReplyNode.spent.claim())
    #expect(!ReplyTo<Int>(ReplyNode.spent).reply(7))
    #expect(!ReplyTo<Int>(ReplyNode.spent).isWaiting)
  }

  @Test("The values of calls end exactly once, read or not", arguments: PuppetLending.allCases)
  func calls(lending: PuppetLending) async throws {
    let tally = PartsTally()
    try await withRuntime(Runtime()) { () async throws in
      let plain = try await Puppet.start(options: [lending.option])
      let async = try await AsyncPuppet.start(options: [lending.option])
      for number in 0..<100 {
        #expect(try await plain.ask { _, _ in PartsTallied(number, tally) }.number == number)
        let answer = try await async.ask { _, _ in [PartsTallied(number + 100, tally)] }
        #expect(answer.first?.number == number + 100)
      }
      // An answer that is dropped by throwing, before a second one.
      let thrown = try await plain.call { (client: ReplyTo<PartsTallied>) in
        Puppet.called { _, _ in
          do {
            let next = NextStep<Puppet>.reply(PartsTallied(200, tally), to: client)
            _ = consume next
          }
          return .reply(PartsTallied(201, tally), to: client)
        }
      }
      #expect(thrown.number == 201)
      // An answer that comes when the caller has gone.
      let kept = PuppetPromise<ReplyTo<PartsTallied>>()
      let caller = Task.immediate {
        try await plain.ask { _, _, client in kept.fulfil(client) }
      }
      let client = await kept.take()
      caller.cancel()
      await #expect(throws: CallError.cancelled()) { _ = try await caller.value }
      #expect(!client.reply(PartsTallied(202, tally)))
      try await plain.stop()
      try await async.stop()
    }
    // The thread that handled the last answer may hold it for a moment still.
    #expect(await tally.ended(203) == Dictionary(uniqueKeysWithValues: (0...202).map { ($0, 1) }))
  }
}
