import Foundation
import GenServerKit
import Testing

@testable import GenServerTour

@Suite(.timeLimit(.minutes(1))) struct TakeANumberChapterTests {
  @Test("S3-1: the passenger's answers change with the number of questions") func passenger() async throws {
    let answers = try await outcome(of: TakeANumberChapter.passenger)
    let told = (4...10).map { "I told you \($0) times already. No." }
    #expect(answers == ["No.", "No.", "No.", "No."] + told + ["...", "..."])
  }

  @Test("S3-7: a machine starts without a name, and not with an invalid configuration") func start() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.start)
    #expect(outcome.isAlive)
    #expect(!outcome.hasName)
    #expect(outcome.failure == .failed(.failure(Machine.Failure.invalidConfiguration)))
  }

  @Test("S3-8: each machine reports its own state") func report() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.report)
    #expect(try outcome.first == Machine(minimum: 1, maximum: 10))
    #expect(try outcome.second == Machine(minimum: 7, maximum: 77))
    #expect(outcome.first.queue.isEmpty)
    #expect(outcome.first.autoShutdown == .infinity)
  }

  @Test("S3-9: new numbers are one more than the highest, then the lowest that is free") func queue() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.queue)
    #expect(outcome.small == [.success(1), .success(2), .failure(.allPossibleNumbersAreInUse)])
    #expect(outcome.large == [.success(1), .success(2), .success(3), .success(2), .success(4), .success(2)])
  }

  @Test("S3-10: numbers are served in turn, or with priority") func serve() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.serve)
    #expect(outcome.inTurn == [.success(1), .success(1), .failure(.emptyQueue)])
    #expect(outcome.priority == [.success(3), .failure(.priorityNumberNotFound)])
    #expect(outcome.rest == [1, 2])
  }

  @Test("S3-11: a reset empties the queue and keeps limits and auto shutdown") func reset() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.reset)
    #expect(outcome.used.queue == [1])
    #expect(outcome.delivery == .enqueued)
    #expect(try outcome.reset == Machine(minimum: 1, maximum: 10, autoShutdown: .seconds(7200)))
  }

  @Test("S3-12: whatever comes puts the shutdown off, and then it comes with reason normal")
  func autoShutdown() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.autoShutdown)
    #expect(outcome.shutdowns.count == 8)
    for shutdown in outcome.shutdowns {
      #expect(shutdown.isAliveLater, "after \(shutdown.activity)")
      #expect(shutdown.reason == .normal, "after \(shutdown.activity)")
    }
    #expect(outcome.beforeHello?.queue == [1])
    #expect(outcome.afterHello == outcome.beforeHello)
    #expect(outcome.logged == 0)
  }

  @Test("S3-13: the error of a call after the shutdown says what was called, and that nobody is there")
  func callAfterShutdown() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.callAfterShutdown)
    #expect(outcome.first == .success(1))
    #expect(outcome.error == .noProcess())
    let text = "\(outcome.error)"
    let pid = try #require(outcome.pid)
    #expect(text.contains("exited in: "))
    #expect(text.contains("\(pid)"))
    #expect(text.contains("queueNewNumber"))
    #expect(text.contains("(EXIT) no process"))
  }

  @Test("S3-2: a start links or not, has options, and returns when initialize has") func starting() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.starting)
    #expect(outcome.exitOfLinked == .shutdownBecause("fire"))
    #expect(outcome.exitOfUnlinked == nil)
    #expect(outcome.outsideOfProcess == .notInsideAProcess)
    let first = try #require(outcome.first)
    #expect(outcome.named?.pid == first)
    #expect(outcome.secondOfName == .alreadyStarted(first))
    #expect(outcome.tooLate == .timeout)
    #expect(outcome.whileOpening == nil)
    #expect(outcome.afterOpening == "the shop is open")
    #expect(outcome.refused == .failed(.shutdownBecause("no licence")))
  }

  @Test("S3-3: a server needs no more than initialize, and states and messages are of any type")
  func contract() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.contract)
    #expect(outcome.isAlive)
    #expect(outcome.reason == .normal)
    #expect(outcome.lights == [false, true])
  }

  @Test("S3-4: casts pile up and prove nothing, calls do neither") func callOrCast() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.callOrCast)
    #expect(outcome.waitingCasts == 1000)
    #expect(outcome.waitingCalls == 0)
    #expect(outcome.written == 1001)
    #expect(outcome.delivery == .enqueued)
    #expect(outcome.call == .exit(.killed))
    #expect(outcome.afterwards == .noProcess)
  }

  @Test("S3-5: an unknown message is logged, and ends only a server that wants it to") func unknown() async throws {
    let narrator = Narrator()
    let outcome = try await Example.perform(narrator, TakeANumberChapter.unknownMessages)
    #expect(outcome.balance == 100)
    #expect(outcome.isAlive)
    #expect(outcome.logged.count == 1)
    #expect(outcome.logged.first?.contains("Bookkeeper") == true)
    #expect(outcome.crash == .failure(Strict.Unknown()))
    #expect(narrator.remarks.contains { $0.contains("Wrong: ") && $0.contains("In Swift there is none") })
  }

  @Test("S3-6: each handler can ask for a message after silence, which any other message breaks")
  func idleTimeouts() async throws {
    let outcome = try await outcome(of: TakeANumberChapter.idleTimeouts)
    #expect(
      outcome.times
        == ["initialize", "handleCall", "handleCast", "handleInfo"].map {
          .init(since: $0, isOverAfter99: false, isOverAfter100: true)
        })
    #expect(outcome.afterReset == [false, true])
    #expect(!outcome.withoutRequest)
  }

  @Test("S3-14: a selection of the exercise's tests, and the file that has them all") func exercise() async throws {
    let narrator = Narrator()
    let outcome = try await Example.perform(narrator, TakeANumberChapter.exercise)
    #expect(outcome.invalid == .failed(.failure(Machine.Failure.invalidConfiguration)))
    #expect(outcome.queued == [.success(1), .success(2), .failure(.allPossibleNumbersAreInUse)])
    #expect(outcome.served == [.success(2), .failure(.priorityNumberNotFound)])
    #expect(try outcome.reset == Machine(minimum: 1, maximum: 2, autoShutdown: .milliseconds(50)))
    #expect(outcome.reason == .normal)

    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "TakeANumberDeluxeTests.swift")
    let tests = try String(contentsOf: file, encoding: .utf8).split(separator: "@Test(").count - 1
    #expect(tests == 32)
    let path = "Tests/GenServerTourTests/\(file.lastPathComponent)"
    #expect(narrator.remarks == ["All \(tests) tests of the exercise: \(path)"])
  }
}
