import GenServerKit
import GenServerTesting
import Testing

@Suite("Answers to several requests", .timeLimit(.minutes(1))) struct PendingRepliesTests {
  @Test("they come in the order in which they are given, each with its label")
  func order() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      var clients: [PuppetPromise<ReplyTo<Int>>] = []
      var replies = PendingReplies<String, Int>()
      let wasEmpty = replies.isEmpty
      #expect(wasEmpty)
      for number in 0..<4 {
        let kept = PuppetPromise<ReplyTo<Int>>()
        clients.append(kept)
        let reply = server.sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in
            kept.fulfil(client)
            return .noReply
          }
        }
        replies.add(reply, label: "\(number)")
      }
      for number in [2, 0, 3, 1] { await clients[number].take().reply(number) }
      var seen: [String] = []
      while let (label, reply) = await replies.next() { seen.append("\(label) \(try reply.get())") }
      #expect(seen == ["2 2", "0 0", "3 3", "1 1"])
      let isEmpty = replies.isEmpty
      #expect(isEmpty)
    }
  }

  @Test("GS-067, GS-068: one deadline for all; what is missing is told apart, and can be waited for later")
  func deadline() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.ready(.never)
      let kept = PuppetPromise<ReplyTo<Int>>()
      var replies = PendingReplies<String, Int>()
      replies.add(
        server.sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in
            kept.fulfil(client)
            return .noReply
          }
        }, label: "late")
      replies.add(
        Puppet.named("nobody").sendRequest { (client: ReplyTo<Int>) in
          Puppet.called { _, _ in .reply(0, to: client) }
        }, label: "missing")
      let missing = try #require(await replies.next())
      #expect(missing.label == "missing")
      #expect(throws: CallError.noProcess()) { try missing.reply.get() }

      let client = await kept.take()
      let clock = test.clock
      let mover = Task {
        await clock.waitForTimers(1)
        await clock.advance(by: .milliseconds(100))
      }
      #expect(await replies.next(timeout: .milliseconds(100)) == nil)
      await mover.value
      client.reply(5)
      #expect(try await replies.next()?.reply.get() == 5)
      #expect(await replies.next() == nil)
    }
  }

  @Test("what is left has its labels, and can be given up")
  func labels() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      var replies = PendingReplies<String, Int>()
      var clients: [ReplyTo<Int>] = []
      for label in ["a", "b", "c"] {
        let kept = PuppetPromise<ReplyTo<Int>>()
        replies.add(
          server.sendRequest { (client: ReplyTo<Int>) in
            Puppet.called { _, _ in
              kept.fulfil(client)
              return .noReply
            }
          }, label: label)
        clients.append(await kept.take())
      }
      var labels = replies.labels
      #expect(labels == ["a", "b", "c"])
      clients[1].reply(1)
      let first = await replies.next()
      #expect(first?.label == "b")
      labels = replies.labels
      #expect(labels == ["a", "c"])

      // An answer that is there already counts.
      clients[2].reply(2)
      replies.cancel()
      #expect(!clients[0].isWaiting)
      var rest: [String: Result<Int, CallError>] = [:]
      while let (label, reply) = await replies.next() { rest[label] = reply }
      #expect(rest == ["a": .failure(.cancelled()), "c": .success(2)])
      labels = replies.labels
      #expect(labels.isEmpty)
    }
  }

  @Test("A request can be in it once")
  func twice() async throws {
    try await withTestRuntime { _ in
      let server = try await Puppet.ready(.never)
      func request() -> PendingReply<Int> {
        server.sendRequest { (client: ReplyTo<Int>) in Puppet.called { _, _ in .reply(1, to: client) } }
      }
      var replies = PendingReplies<String, Int>()
      let (first, second) = (request(), request())
      var added = replies.add(first, label: "first")
      #expect(added)
      added = replies.add(first, label: "again")
      #expect(!added)
      added = replies.add(second, label: "second")
      #expect(added)
      var labels: [String] = []
      while let (label, _) = await replies.next() { labels.append(label) }
      #expect(labels.sorted() == ["first", "second"])
    }
  }

  /// With one request and with several, since the last one is awaited in another way.
  @Test("It waits for five seconds unless told otherwise", arguments: [1, 2])
  func defaultTimeout(_ count: Int) async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.ready(.never)
      let kept = Observed<[ReplyTo<Int>]>([])
      var replies = PendingReplies<Int, Int>()
      for label in 0..<count {
        let reply: PendingReply<Int> = server.sendRequest { client in
          Puppet.called { _, _ in
            kept.change { $0.append(client) }
            return .noReply
          }
        }
        replies.add(reply, label: label)
      }
      _ = await kept.value { $0.count == count }
      let clock = test.clock
      let mover = Task {
        await clock.waitForTimers(1)
        await clock.advance(by: .milliseconds(4999))
        #expect(clock.armedTimers == 1)
        await clock.advance(by: .milliseconds(1))
      }
      let next = await replies.next()
      #expect(next == nil)
      await mover.value
      let labels = replies.labels
      #expect(labels == Array(0..<count))
    }
  }

  @Test("A server does not wait for its own answer, nor for one that waits for it")
  func circles() async throws {
    try await withTestRuntime { _ in
      let (server, other) = (try await AsyncPuppet.ready(.never), try await AsyncPuppet.ready(.never))
      let third = try await Puppet.ready(.never)
      @Sendable func request<Server: PuppetShow>(_ server: ServerRef<Server>) -> PendingReply<Int> {
        server.sendRequest { (client: ReplyTo<Int>) in Server.called { _, _ in .reply(1, to: client) } }
      }
      // Alone, and among others.
      for others in 0..<3 {
        let errors = try await server.askAsync { _, context in
          var replies = PendingReplies<Int, Int>()
          for label in 0..<others { replies.add(request(third), label: label) }
          replies.add(request(context.me), label: 7)
          var errors: [Int: CallError?] = [:]
          while let (label, reply) = await replies.next(timeout: .infinity) {
            if case .failure(let error) = reply { errors[label] = error } else { errors[label] = .some(nil) }
          }
          return errors
        }
        #expect(errors[7] == .callingSelf())
        #expect(errors.count == others + 1)
      }
      let own = server
      for others in 0..<3 {
        let error = try await server.askAsync { _, _ in
          try await other.askAsync { _, _ -> CallError? in
            var replies = PendingReplies<Int, Int>()
            for label in 0..<others { replies.add(request(third), label: label) }
            replies.add(request(own), label: 7)
            while let (label, reply) = await replies.next(timeout: .infinity) {
              if case .failure(let error) = reply, label == 7 { return error }
            }
            return nil
          }
        }
        #expect(error == .deadlock([try #require(other.pid), try #require(server.pid)]))
      }
    }
  }

  @Test("What within says of a server governs its answers, its stop and its room")
  func within() async throws {
    try await withTestRuntime { test in
      let server = try await Puppet.start(options: [.callsInPlace(.never), .mailbox(limit: 1, whenFull: .wait)])
      let gate = await server.hold()
      server.send(.note("full"))
      let patient = server.within(.seconds(60))
      let waits = [
        Task.immediate { () async -> CallError? in
          let reply: PendingReply<Int> = patient.sendRequest { client in Puppet.called { _, _ in .reply(1, to: client) }
          }
          do { _ = try await reply.value() } catch { return error as? CallError }
          return nil
        },
        Task.immediate { () async -> CallError? in
          do throws(CallError) { try await patient.cast(Puppet.told { _, _ in .noReply }, whenFull: .wait) } catch {
            return error
          }
          return nil
        },
        Task.immediate { () async -> CallError? in
          do throws(CallError) { _ = try await Sys.state(of: patient) { $0.notes } } catch { return error }
          return nil
        },
        Task.immediate { () async -> CallError? in
          do throws(CallError) { try await patient.stop() } catch { return error }
          return nil
        },
      ]
      await test.clock.waitForTimers(4)
      test.clock.jump(by: .seconds(59))
      #expect(test.clock.armedTimers == 4)
      test.clock.jump(by: .seconds(1))
      for wait in waits { #expect(await wait.value == .timeout()) }
      gate.open()
    }
  }

  @Test("Taking one of many costs as much as taking one of few")
  func linear() async throws {
    try await withRuntime(Runtime()) {
      let server = try await Puppet.ready(.never)
      func takes(_ count: Int) async throws -> Duration {
        var replies = PendingReplies<Int, Int>()
        var last: PendingReply<Int>?
        for number in 0..<count {
          let reply: PendingReply<Int> = server.sendRequest { client in
            Puppet.called { _, _ in .reply(number, to: client) }
          }
          last = reply
          replies.add(reply, label: number)
        }
        _ = try await last?.value(timeout: .infinity)
        let start = ContinuousClock.now
        var taken = 0
        while await replies.next(timeout: .infinity) != nil { taken += 1 }
        #expect(taken == count)
        return start.duration(to: .now)
      }
      _ = try await takes(1000)
      // The best of some, as the machine may be busy with other things.
      var (few, many) = (Duration.seconds(60), Duration.seconds(600))
      for _ in 0..<3 {
        few = min(few, try await takes(1000))
        many = min(many, try await takes(30_000))
      }
      // Thirty times as many; nine hundred times as long where it is quadratic.
      #expect(many < few * 300)
      try await server.stop()
    }
  }
}
