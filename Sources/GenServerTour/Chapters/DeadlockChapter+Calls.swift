import GenServerKit

extension DeadlockChapter {
  struct HandmadeOutcome {
    let answers: [String]
    let silence: Oracle.Silence
    /// The answer for which the client had stopped waiting.
    let stale: String?
    let duringQuestion: ExitReason
    let afterwards: ExitReason
  }

  static func handmadeCall(_ tour: Narrator) async throws -> HandmadeOutcome {
    try await withProcess { process async throws in
      let oracle = tour.show("Oracle.start()", Oracle.start())
      func ask(_ text: String, _ timeout: Timeout = .seconds(5)) async throws -> String {
        tour.show(#"process.ask("\#(text)", of: oracle)"#, try await process.ask(text, of: oracle, timeout: timeout))
      }
      func failure<Failure: Error>(_ type: Failure.Type, _ text: String, _ timeout: Timeout) async throws -> Failure {
        try await tour.failure(type, #"process.ask("\#(text)", of: oracle, timeout: \#(timeout))"#) {
          try await process.ask(text, of: oracle, timeout: timeout)
        }
      }

      let first = try await ask("Will it rain?")

      // The reference tells the answer to this question from a late one to another.
      let silence = try await failure(Oracle.Silence.self, "Will it snow…", .milliseconds(50))
      let second = try await ask("Is it cold?")
      let stale = try await process.receive(Oracle.Answer.self, timeout: .milliseconds(0))
      tour.show("process.receive(Oracle.Answer.self)?.text", stale?.text)

      // The watch tells that there is nobody to wait for.
      let offended = try await failure(ExitReason.self, "Go away!", .seconds(5))
      let gone = try await failure(ExitReason.self, "Are you there?", .seconds(5))
      tour.remark("`ServerRef.call` does all this for servers, and `PID.ask` for raw processes")
      return HandmadeOutcome(
        answers: [first, second], silence: silence, stale: stale?.text, duringQuestion: offended, afterwards: gone)
    }
  }

  struct BlockedOutcome {
    let waiting: Int?
    let whileBlocked: CallError
    let whileBeside: String
    let files: [String]
  }

  static func blockedServer(_ tour: Narrator) async throws -> BlockedOutcome {
    tour.remark("From above a call looks like a function of an object: why should it not answer two at a time?")
    let archive = tour.show("Gate.start()", try await Gate.start())
    let secretary = tour.show("Secretary.start(archive)", try await Secretary.start(archive))
    let file = secretary.requestFetch()
    tour.show("archive.arrival()", try await archive.arrival())
    let greeting = secretary.requestGreeting()

    tour.remark("From below it is a message, and a wait in the midst of another: who comes next lies in the mailbox")
    let waiting = tour.show(
      "secretary.pid?.snapshot?.mailboxCount, after a request", secretary.pid?.snapshot?.mailboxCount)
    let call = "secretary.within(.milliseconds(50)).greet()"
    let whileBlocked = try await tour.failure(CallError.self, call) {
      try await secretary.within(.milliseconds(50)).greet()
    }
    tour.show("archive.open()", archive.open())
    tour.show("secretary.requestGreeting().value()", try await greeting.value())
    let first = tour.show("secretary.requestFetch().value()", try await file.value())

    tour.remark("A server that asks without waiting gets the answer as a message, and goes on")
    let other = tour.show("Gate.start()", try await Gate.start())
    let helpful = tour.show("Secretary.start(other)", try await Secretary.start(other))
    let later = helpful.requestFetchBeside()
    tour.show("other.arrival()", try await other.arrival())
    let whileBeside = tour.show("helpful.greet()", try await helpful.greet())
    tour.show("other.open()", other.open())
    let second = tour.show("helpful.requestFetchBeside().value()", try await later.value())
    return BlockedOutcome(
      waiting: waiting, whileBlocked: whileBlocked, whileBeside: whileBeside, files: [first, second])
  }
}
