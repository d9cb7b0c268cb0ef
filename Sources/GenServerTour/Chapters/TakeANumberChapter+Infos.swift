import GenServerKit
import GenServerTesting
import Logging

extension TakeANumberChapter {
  struct UnknownOutcome {
    let balance: Int
    let logged: [String]
    let isAlive: Bool
    let crash: ExitReason
  }

  static func unknownMessages(_ tour: Narrator) async throws -> UnknownOutcome {
    try await withTestRuntime { test in
      tour.remark(
        """
        Wrong: a `handle_info` of one's own without a clause for all else, which crashes. In Swift there is none:
        its `switch` has a case for each Info, or does not compile, and what is no Info goes elsewhere
        Right: `handleUnexpected`, which logs an error unless the server has its own
        """)
      let books = tour.show("Bookkeeper.start()", try await Bookkeeper.start())
      tour.show(#"books.pid?.send("who are you?")"#, books.pid?.send("who are you?"))
      let balance = tour.show("books.balance()", try await books.balance())
      let isAlive = tour.show("books.isAlive", books.isAlive)
      let errors = test.logs.entries.filter { $0.level == .error }.map(\.message)
      tour.show("logs.entries, the errors", errors)

      tour.remark("A crash has to be asked for, by a `handleUnexpected` that throws")
      let crash = try await withProcess { process async throws in
        let strict = tour.show("Strict.start()", try await Strict.start())
        tour.show("process.monitor(strict)", process.monitor(strict))
        tour.show(#"strict.pid?.send("who are you?")"#, strict.pid?.send("who are you?"))
        return tour.show("process.receive(Down.self).reason", try await process.receive(Down.self).reason)
      }
      return UnknownOutcome(balance: balance, logged: errors, isAlive: isAlive, crash: crash)
    }
  }

  /// Whether a server that asked for a message after 100 ms got it then, and not before.
  struct IdleTime: Equatable {
    let since: String
    let isOverAfter99: Bool
    let isOverAfter100: Bool
  }

  struct IdleOutcome {
    var times: [IdleTime] = []
    /// Naps at 100 ms although something came at 60 ms, and at 160 ms.
    var afterReset: [Bool] = []
    /// Naps within a second of a message that came, and did not ask for one.
    var withoutRequest = true
  }

  static func idleTimeouts(_ tour: Narrator) async throws -> IdleOutcome {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        var outcome = IdleOutcome()
        func advance(_ milliseconds: Int) async {
          let call = "clock.advance(by: .milliseconds(\(milliseconds)))"
          tour.show(call, await test.clock.advance(by: .milliseconds(milliseconds)))
        }
        func hasNapped() async throws -> Bool {
          let nap = try await process.receive(Napper.Nap.self, timeout: .milliseconds(0))
          return tour.show("process.receive(Napper.Nap.self)", nap) != nil
        }
        func idleTime(since call: String) async throws {
          await advance(99)
          let isOverAfter99 = try await hasNapped()
          await advance(1)
          outcome.times.append(
            IdleTime(since: call, isOverAfter99: isOverAfter99, isOverAfter100: try await hasNapped()))
        }

        let napper = tour.show("Napper.start(process.pid)", try await Napper.start(process.pid))
        try await idleTime(since: "initialize")
        tour.show("napper.poke()", try await napper.poke())
        try await idleTime(since: "handleCall")
        tour.show("napper.pokeLater()", napper.pokeLater())
        try await idleTime(since: "handleCast")
        tour.show("napper.send(.poke)", napper.send(.poke))
        try await idleTime(since: "handleInfo")

        tour.remark("What comes meanwhile begins the time anew, if it asks for it")
        tour.show("napper.pokeLater()", napper.pokeLater())
        await advance(60)
        tour.show("napper.pokeLater()", napper.pokeLater())
        await advance(40)
        outcome.afterReset.append(try await hasNapped())
        await advance(60)
        outcome.afterReset.append(try await hasNapped())

        tour.remark("and ends it, if it does not")
        tour.show("napper.pokeLater()", napper.pokeLater())
        await advance(60)
        tour.show("napper.turnOver()", napper.turnOver())
        await advance(1000)
        outcome.withoutRequest = try await hasNapped()
        return outcome
      }
    }
  }
}
