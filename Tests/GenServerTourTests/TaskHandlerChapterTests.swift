import GenServerKit
import Testing

@testable import GenServerTour

@Suite(.timeLimit(.minutes(1))) struct TaskHandlerChapterTests {
  @Test("S4-5: the state has defaults, which a start can override") func defaults() async throws {
    let outcome = try await outcome(of: TaskHandlerChapter.defaults)
    #expect(outcome.plain.taskLimit == 2)
    #expect(outcome.plain.tasks.isEmpty)
    #expect(outcome.plain.queue.isEmpty)
    #expect(outcome.wide.taskLimit == 4)
  }

  @Test("S4-7: a server has its name in initialize, and continues before its first message")
  func firstSteps() async throws {
    let events = try await outcome(of: TaskHandlerChapter.firstSteps)
    #expect(
      events == [.initialized(holdsItsName: true), .continued, .heard("from initialize"), .heard("from outside")])
  }

  @Test("S4-8: a queued job starts at the next look after another has ended") func recurringTasks() async throws {
    let loads = try await outcome(of: TaskHandlerChapter.recurringTasks)
    #expect(
      loads == [
        .init(started: 1, queued: 1), .init(started: 1, queued: 1), .init(started: 1, queued: 0),
        .init(started: 1, queued: 0), .init(started: 0, queued: 0),
      ])
  }

  @Test("S4-10: a call gets the whole state, and a forgotten answer is an error at once") func status() async throws {
    let outcome = try await outcome(of: TaskHandlerChapter.status)
    #expect(outcome.status.taskLimit == 2)
    #expect(outcome.status.tasks.count == 2)
    #expect(outcome.status.queue.count == 1)
    #expect(outcome.remembered == "here it is")
    #expect(outcome.forgotten == .replyDropped())
  }

  @Test("S4-1: a raw process has a name, a loop and messages made by hand") func rawLibrary() async throws {
    let outcome = try await outcome(of: TaskHandlerChapter.rawLibrary)
    #expect(Library.defaultTitles.count == 3)
    #expect(
      outcome.books == [.init(titles: Library.defaultTitles), .init(titles: ["Fog"] + Library.defaultTitles)])
    #expect(outcome.isFound)
    #expect("\(outcome.secondOfName)".contains("holds"))
    #expect(outcome.logged == 1)
  }

  @Test("S4-4: a server that waits in initialize can be looked at, and suspended afterwards")
  func pausedStart() async throws {
    let outcome = try await outcome(of: TaskHandlerChapter.pausedStart)
    let snapshot = try #require(outcome.whilePaused)
    #expect(snapshot.name == "ann")
    #expect(snapshot.type.hasSuffix("Visitor"))
    #expect(snapshot.parent == nil)
    #expect(snapshot.links.isEmpty)
    #expect(snapshot.mailboxCount == 1)
    #expect(outcome.stateWhilePaused == .timeout())
    #expect(outcome.isStarted == snapshot.pid)
    #expect(outcome.luggage == ["a": "value", "b": "another value"])
    #expect(outcome.heard == ["welcome"])
    #expect(outcome.greetingsWaiting == 1)
    #expect(outcome.greeting == "hello")
  }

  @Test("S4-9: jobs beyond the limit wait, and one that crashes ends no other process") func crashingJob() async throws
  {
    let outcome = try await outcome(of: TaskHandlerChapter.crashingJob)
    #expect(outcome.load == .init(started: 2, queued: 1))
    #expect(outcome.links == [])
    #expect(outcome.reason == .failure(TaskHandlerChapter.Oops()))
    #expect(outcome.isAlive)
    #expect(outcome.later == .init(started: 2, queued: 0))
    #expect(outcome.logged == 1)
  }

  @Test("S4-11: five jobs send five messages, at most two jobs at a time") func fiveJobs() async throws {
    let finished = try await outcome(of: TaskHandlerChapter.fiveJobs)
    #expect(finished.map(\.seconds).sorted() == [1, 1, 2, 3, 3])
    // The first two start at once; then the one that came last, up to 100 ms after an end.
    #expect(finished.prefix(2) == [.init(seconds: 1, time: .seconds(1)), .init(seconds: 3, time: .seconds(3))])
    #expect(Set(finished.dropFirst(2).prefix(2).map(\.seconds)) == [1, 3])
    #expect(finished.dropFirst(2).prefix(2).allSatisfy { (.seconds(4)...(.milliseconds(4100))).contains($0.time) })
    #expect(finished.last?.seconds == 2)
    #expect(finished.last.map { (.seconds(6)...(.milliseconds(6200))).contains($0.time) } == true)
  }

  @Test("S4-12: a server is called by pid and by name, and by name on a node, which is not there")
  func references() async throws {
    let outcome = try await outcome(of: TaskHandlerChapter.references)
    #expect(outcome.byPID == 11)
    #expect(outcome.byName == 12)
    #expect(outcome.isSameProcess)
    #expect(outcome.onOtherNode == .noConnection())
    #expect(outcome.castOnOtherNode == .noProcess)
  }
}
