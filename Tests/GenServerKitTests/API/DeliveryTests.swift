import GenServerKit
import GenServerTesting
import Testing

@Suite("Delivery", .timeLimit(.minutes(1))) struct DeliveryTests {
  private func held(
    limit: Int, _ policy: OverflowPolicy
  ) async throws -> (puppet: ServerRef<Puppet>, gate: PuppetGate) {
    let puppet = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: limit, whenFull: policy)])
    return (puppet, await puppet.hold())
  }

  private func note(_ text: String) -> Puppet.Cast {
    Puppet.told { puppet, _ in
      puppet.notes.append(text)
      return .noReply
    }
  }

  /// What was handled, asked when there is room again.
  private func notes(_ puppet: ServerRef<Puppet>) async throws -> [String] {
    let notes = PuppetPromise<[String]>()
    try await puppet.cast(
      Puppet.told { puppet, _ in
        notes.fulfil(puppet.notes)
        return .noReply
      }, whenFull: .wait)
    return await notes.value()
  }

  @Test("A message to a living server is enqueued, one to nobody is not")
  func unbounded() async throws {
    try await withTestRuntime { _ in
      let puppet = try await Puppet.start(name: "puppet")
      #expect(puppet.cast(note("cast")) == .enqueued)
      #expect(puppet.send(.note("info")) == .enqueued)
      #expect(Puppet.named("puppet").cast(note("by name")) == .enqueued)
      #expect(Puppet.named("nobody").cast(note("nobody")) == .noProcess)
      #expect(Puppet.named("nobody").send(.note("nobody")) == .noProcess)
      #expect(try await puppet.notes() == ["cast", "info", "by name"])
      try await puppet.stop()
      #expect(puppet.cast(note("late")) == .noProcess)
      #expect(puppet.send(.note("late")) == .noProcess)
    }
  }

  @Test("A full mailbox that refuses takes nothing")
  func refuse() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 2, .refuse)
      #expect(puppet.cast(note("1")) == .enqueued)
      #expect(puppet.send(.note("2")) == .enqueued)
      #expect(puppet.cast(note("3")) == .refused)
      #expect(puppet.send(.note("4")) == .refused)
      await #expect(throws: CallError.overloaded()) { try await puppet.notes() }
      gate.open()
      #expect(try await notes(puppet) == ["1", "2"])
    }
  }

  @Test("A full mailbox that drops the newest lets go of what arrives")
  func dropNewest() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 2, .dropNewest)
      #expect(puppet.cast(note("1")) == .enqueued)
      #expect(puppet.cast(note("2")) == .enqueued)
      #expect(puppet.cast(note("3")) == .dropped)
      #expect(puppet.send(.note("4")) == .dropped)
      await #expect(throws: CallError.overloaded()) { try await puppet.notes() }
      gate.open()
      #expect(try await notes(puppet) == ["1", "2"])
    }
  }

  @Test("A full mailbox that drops the oldest makes room")
  func dropOldest() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 2, .dropOldest)
      let call = Task.immediate { try await puppet.notes() }
      for number in 1...4 { #expect(puppet.cast(note("\(number)")) == .enqueued) }
      await #expect(throws: CallError.overloaded()) { try await call.value }
      gate.open()
      #expect(try await notes(puppet) == ["3", "4"])
    }
  }

  @Test("In a full mailbox that makes senders wait a call waits, and a plain cast is refused")
  func wait() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .wait)
      #expect(puppet.cast(note("1")) == .enqueued)
      #expect(puppet.cast(note("2")) == .refused)
      #expect(puppet.send(.note("3")) == .refused)
      let call = Task.immediate { try await puppet.notes() }
      gate.open()
      #expect(try await call.value == ["1"])
    }
  }

  @Test("The message being handled does not count")
  func handled() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .refuse)
      #expect(puppet.cast(note("1")) == .enqueued)
      #expect(puppet.cast(note("2")) == .refused)
      gate.open()
      #expect(try await notes(puppet) == ["1"])
    }
  }

  @Test("What a sender asks for goes before the mailbox's own policy")
  func ownPolicy() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .dropNewest)
      try await puppet.cast(note("1"), whenFull: .refuse)
      await #expect(throws: CallError.overloaded()) { try await puppet.cast(note("2"), whenFull: .refuse) }
      try await puppet.cast(note("3"), whenFull: .dropNewest)
      try await puppet.cast(note("4"), whenFull: .dropOldest)
      gate.open()
      #expect(try await notes(puppet) == ["4"])
    }
  }

  @Test("Senders that wait are let in in order, as room comes")
  func waitingCast() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .refuse)
      let order = PuppetJournal()
      #expect(puppet.cast(note("1")) == .enqueued)
      let senders = (2...5).map { number in
        Task.immediate {
          try await puppet.cast(note("\(number)"), whenFull: .wait)
          order.write("\(number)")
        }
      }
      #expect(order.lines.isEmpty)
      gate.open()
      for sender in senders { try await sender.value }
      #expect(try await notes(puppet) == ["1", "2", "3", "4", "5"])
      #expect(order.lines.sorted() == ["2", "3", "4", "5"])
    }
  }

  @Test("A sender that waits is let in exactly when there is room")
  func letInExactly() async throws {
    try await withTestRuntime { _ in
      let (puppet, first) = try await held(limit: 1, .refuse)
      let second = PuppetGate()
      puppet.tell { _, _ in second.block() }
      let isLetIn = PuppetPromise<Void>()
      let sender = Task.immediate {
        try await puppet.cast(note("waited"), whenFull: .wait)
        isLetIn.fulfil()
      }
      #expect(!isLetIn.isFulfilled)
      first.open()
      await second.reached.value()
      // The second message is being handled, so the third one has come within the bound.
      try await sender.value
      #expect(isLetIn.isFulfilled)
      #expect(puppet.cast(note("no room")) == .refused)
      second.open()
      #expect(try await notes(puppet) == ["waited"])
    }
  }

  @Test("A sender that is cancelled takes its message back")
  func cancelled() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .refuse)
      puppet.cast(note("1"))
      let sender = Task.immediate { try await puppet.cast(note("2"), whenFull: .wait) }
      let other = Task.immediate { try await puppet.cast(note("3"), whenFull: .wait) }
      sender.cancel()
      await #expect(throws: CallError.cancelled()) { try await sender.value }
      gate.open()
      try await other.value
      #expect(try await notes(puppet) == ["1", "3"])
      let late = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        try await puppet.cast(note("4"), whenFull: .wait)
      }
      await #expect(throws: CallError.cancelled()) { try await late.value }
      #expect(try await notes(puppet) == ["1", "3"])
    }
  }

  @Test("A sender that waits hears of the server's end")
  func serverEnds() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .refuse)
      puppet.cast(note("1"))
      let sender = Task.immediate { try await puppet.cast(note("2"), whenFull: .wait) }
      puppet.pid?.exit(.shutdown)
      gate.open()
      await #expect(throws: CallError.exit(.shutdown)) { try await sender.value }
      await #expect(throws: CallError.noProcess()) { try await puppet.cast(note("3"), whenFull: .wait) }
    }
  }

  @Test("A server does not wait for room in its own mailbox", arguments: PuppetLending.allCases)
  func ownMailbox(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let puppet = try await AsyncPuppet.start(options: [lending.option, .mailbox(limit: 1)])
      let error = try await puppet.askAsync { _, context -> CallError? in
        do throws(CallError) {
          // The first one has room.
          try await context.me.cast(AsyncPuppet.told { _, _ in .noReply }, whenFull: .wait)
          try await context.me.cast(AsyncPuppet.told { _, _ in .noReply }, whenFull: .wait)
          return nil
        } catch {
          return error
        }
      }
      #expect(error == .callingSelf())
    }
  }

  @Test("The error of a cast says who cast what, from where")
  func details() async throws {
    try await withTestRuntime { _ in
      let (puppet, gate) = try await held(limit: 1, .refuse)
      puppet.cast(note("1"))
      let error = await #expect(throws: CallError.self) { try await puppet.cast(note("2"), whenFull: .refuse) }
      #expect(error?.details.line == #line - 1)
      #expect(error?.details.request.hasPrefix("perform(") == true)
      #expect(error?.description.contains("\(puppet).cast(perform(") == true)
      gate.open()
    }
  }
}
