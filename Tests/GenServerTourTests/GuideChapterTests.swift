import GenServerKit
import Testing

@testable import GenServerTour

@Suite(.timeLimit(.minutes(1))) struct GuideChapterTests {
  @Test("S1-1: a named counter counts from 10, resets to 0, and begins at 0 by default") func counter() async throws {
    let outcome = try await outcome(of: GuideChapter.counter)
    #expect(outcome.counts == [11, 12, 12])
    #expect(outcome.afterReset == 0)
    #expect(outcome.initially == 0)
  }

  @Test("S1-2: the first item is the top, and an empty stack is an answer") func stack() async throws {
    let outcome = try await outcome(of: GuideChapter.stack)
    #expect(outcome.tops == [.success(4), .success(4), .success(1)])
    #expect(outcome.size == 2)
    #expect(outcome.ofEmpty == [.failure(.empty), .failure(.empty)])
  }

  @Test("S1-3: a store finds, misses, deletes and clears, and knows nil from missing") func store() async throws {
    let outcome = try await outcome(of: GuideChapter.keyValueStore)
    #expect(outcome.isNamed)
    #expect(
      outcome.answers == ["name": .success("Alice"), "missing": .failure(.notFound), "nickname": .success(nil)])
    #expect(outcome.deleted == [.success(30), .failure(.notFound), .success(nil)])
    #expect(outcome.keys == [["name", "age"], ["name"], []])
  }

  @Test("S1-4: a session expires after more than a minute without a refresh") func sessions() async throws {
    let outcome = try await outcome(of: GuideChapter.sessionStore)
    let start = outcome.start
    #expect(outcome.id.count == 24)
    #expect(outcome.id.hasSuffix("=="))
    #expect(outcome.unknown == .failure(.notFound))
    #expect(outcome.afterAMinute == .success(Session(userID: "ann", createdAt: start, lastAccessed: start)))
    let refreshedAt = start + .seconds(60)
    #expect(outcome.refreshed == .success(Session(userID: "ann", createdAt: start, lastAccessed: refreshedAt)))
    #expect(outcome.expired == [.failure(.expired), .failure(.notFound)])
    #expect(outcome.swept == .failure(.notFound))
  }

  @Test("S1-5: a cache evicts what was read the longest ago, and expires what nobody reads") func cache() async throws {
    let outcome = try await outcome(of: GuideChapter.configurableCache)
    #expect(
      outcome.answers == [
        .success(1), .failure(.notFound), .success(1), .failure(.notFound), .success(3), .success(5), .success(1),
        .failure(.expired), .failure(.notFound), .success(1),
      ])
    #expect(
      outcome.statistics == [
        .init(size: 2, maxSize: 3, timeToLive: .seconds(10)),
        .init(size: 0, maxSize: 100, timeToLive: .seconds(3600)),
      ])
    #expect(outcome.withoutRoom == .failed(.failure(ConfigurableCache.Failure.noRoomForAnything)))
  }

  @Test("S1-7: a server is reached by its name, by its pid, and through a registry") func names() async throws {
    let outcome = try await outcome(of: GuideChapter.names)
    #expect(outcome.sizes == [2, 1, 3])
    #expect(outcome.withoutName == nil)
    #expect(outcome.taken == .alreadyStarted(try #require(outcome.holder)))
    #expect(outcome.isFreeAgain)
  }

  @Test("S1-8: every way to end a handler does what it says") func replyFormats() async throws {
    let outcome = try await outcome(of: GuideChapter.replyFormats)
    #expect(outcome.answers == [1, 2, 3, 4, 5, 1])
    #expect(outcome.history == ["begin", "idle"])
    #expect(outcome.stops == [.normal, .shutdownBecause("told"), .shutdown])
    #expect(outcome.withoutReply == .exit(.shutdownBecause("told")))
    #expect(
      outcome.failedStarts == [
        .ignored, .failed(.failure(ReplyFormats.Refusal.told)), .failed(.shutdownBecause("told")),
      ])
  }

  @Test("S1-9: others are served while an answer is still to come") func earlyReturn() async throws {
    let outcome = try await outcome(of: GuideChapter.earlyReturn)
    #expect(outcome.requested == ["home", "news"])
    #expect(outcome.pages == ["the page home", "the page news"])
  }

  @Test("S1-6: a call is answered, a cast is not, and ends and ticks are infos") func messageKinds() async throws {
    let outcome = try await outcome(of: GuideChapter.messageKinds)
    #expect(outcome.balance == 100)
    #expect(outcome.delivery == .enqueued)
    #expect(
      outcome.diary == [
        "a delivery came", "a customer left: shutdown", "a minute is over", "a minute is over",
      ])
  }

  @Test("S1-10: each pitfall has its cost, and its way out") func pitfalls() async throws {
    let narrator = Narrator()
    let outcome = try await Example.perform(narrator, GuideChapter.pitfalls)
    #expect(outcome.whileBlocked == .timeout())
    #expect(outcome.whileFetching == ["home"])
    #expect(outcome.pages == ["the page home", "the page home"])
    #expect(outcome.counts == [1, 1])
    #expect(outcome.waitingWriter == .timeout())
    #expect(outcome.writeLater == .enqueued)
    #expect(outcome.written == ["started"])
    #expect(outcome.crash == .exit(.failure(Calculator.Failure.divisionByZero)))
    #expect(!outcome.survivesCrash)
    #expect(outcome.quotients == [.failure(.divisionByZero), .success(3)])
    #expect(outcome.survivesAnswer)
    #expect(outcome.logged == 1)
    #expect(narrator.remarks.count { $0.contains("Wrong: ") } == 4)
    #expect(narrator.remarks.count { $0.contains("Right: ") } == 4)
    #expect(narrator.remarks.contains { $0.contains("In Swift there is no such handler") })
  }
}
