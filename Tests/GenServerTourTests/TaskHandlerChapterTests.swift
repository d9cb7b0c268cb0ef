import GenServerKit
import Testing

@testable import GenServerTour

@Suite struct TaskHandlerChapterTests {
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
    #expect(outcome.forgotten == .noReply())
  }
}
