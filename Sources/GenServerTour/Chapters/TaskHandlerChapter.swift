import GenServerKit
import GenServerTesting

/// A process made by hand, and a server that runs jobs, from its first moment on.
enum TaskHandlerChapter {
  static let chapter = Chapter(
    "S4  From a raw process to a task handler",
    [
      Example("S4-1", "A library as a raw process, under a name", rawLibrary),
      Example("S4-4", "A server that waits while it starts, looked at from outside", pausedStart),
      Example("S4-5", "A state with defaults", defaults),
      Example("S4-7", "Before the first message: initialize, then handleContinue", firstSteps),
      Example("S4-8", "A message to itself, again and again", recurringTasks),
      Example("S4-9", "Jobs beyond the limit wait, and one that crashes ends alone", crashingJob),
      Example("S4-10", "A call that answers with the whole state, and one that forgets to", status),
      Example("S4-11", "Five jobs, two at a time, and a message from each", fiveJobs),
      Example("S4-12", "The forms of a reference to a server", references),
    ])

  static func defaults(_ tour: Narrator) async throws -> (plain: TaskHandler, wide: TaskHandler) {
    let plain = tour.show("TaskHandler.start(.init())", try await TaskHandler.start(.init()))
    let ofPlain = tour.show("plain.status()", try await plain.status())
    let wide = tour.show("TaskHandler.start(.init(taskLimit: 4))", try await TaskHandler.start(.init(taskLimit: 4)))
    let ofWide = tour.show("wide.status()", try await wide.status())
    return (ofPlain, ofWide)
  }

  static func firstSteps(_ tour: Narrator) async throws -> [EarlyBird.Event] {
    let bird = tour.show("EarlyBird.start(name: .type)", try await EarlyBird.start(name: .type))
    tour.show(#"bird.hear("from outside")"#, bird.hear("from outside"))
    return tour.show("bird.events()", try await bird.events())
  }

  /// How many jobs were started and queued.
  struct Load: Equatable {
    let started, queued: Int
  }

  static func recurringTasks(_ tour: Narrator) async throws -> [Load] {
    try await withTestRuntime { test in
      let handler = tour.show(
        "TaskHandler.start(.init(taskLimit: 1))", try await TaskHandler.start(.init(taskLimit: 1)))
      let (first, second) = (try await Gate.start(), try await Gate.start())
      var loads: [Load] = []
      func status() async throws -> TaskHandler {
        let status = tour.show("handler.status()", try await handler.status())
        loads.append(Load(started: status.tasks.count, queued: status.queue.count))
        return status
      }
      func advance() async {
        tour.show("clock.advance(by: .milliseconds(100))", await test.clock.advance(by: .milliseconds(100)))
      }

      tour.show("handler.add { _ in try await first.pass() }", handler.add { _ in try await first.pass() })
      tour.show("handler.add { _ in try await second.pass() }", handler.add { _ in try await second.pass() })
      let job = try await status().tasks.first

      // Nobody has ended: the second job waits. Then the first one ends, and the next look starts the second.
      await advance()
      _ = try await status()
      tour.show("first.open()", first.open())
      if let job { tour.show("job.waitForExit()", await job.waitForExit()) }
      await advance()
      let next = try await status().tasks.first

      // Nothing is queued: a look only clears away what has ended.
      tour.show("second.open()", second.open())
      if let next { tour.show("job.waitForExit()", await next.waitForExit()) }
      _ = try await status()
      await advance()
      _ = try await status()
      return loads
    }
  }

  static func status(
    _ tour: Narrator
  ) async throws -> (status: TaskHandler, remembered: String, forgotten: CallError) {
    let gate = try await Gate.start()
    let handler = tour.show("TaskHandler.start(.init())", try await TaskHandler.start(.init()))
    for _ in 1...3 {
      tour.show("handler.add { _ in try await gate.pass() }", handler.add { _ in try await gate.pass() })
    }
    let status = tour.show("handler.status()", try await handler.status())
    tour.show("handler.stop()", try await handler.stop())
    tour.show("gate.open()", gate.open())
    for job in status.tasks { tour.show("job.waitForExit()", await job.waitForExit()) }

    // `.noReply` leaves the answer for later; it has to come all the same.
    let server = tour.show("Forgetful.start()", try await Forgetful.start())
    let request = server.requestRemember()
    tour.show(#"server.answer("here it is")"#, server.answer("here it is"))
    let remembered = tour.show("server.requestRemember().value()", try await request.value())
    let forgotten = try await tour.failure(CallError.self, "server.forget()") { try await server.forget() }
    return (status, remembered, forgotten)
  }
}
