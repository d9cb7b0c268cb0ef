import GenServerKit
import GenServerTesting

extension TaskHandlerChapter {
  struct CrashOutcome {
    let load: Load
    let links: [PID]?
    let reason: ExitReason?
    let isAlive: Bool
    let later: Load
    let logged: Int
  }

  struct Oops: Error, Equatable {}

  static func crashingJob(_ tour: Narrator) async throws -> CrashOutcome {
    try await withTestRuntime { test in
      let gate = try await Gate.start()
      let handler = tour.show("TaskHandler.start(.init())", try await TaskHandler.start(.init()))
      tour.remark("`add` takes functions; anything else does not compile")
      tour.show(
        "handler.add { _ in try await gate.pass(); throw Oops() }",
        handler.add { _ in
          try await gate.pass()
          throw Oops()
        })
      for _ in 1...2 {
        tour.show(
          "handler.add { process in try await process.receive() }",
          handler.add { process in _ = try await process.receive() })
      }
      let status = tour.show("handler.status()", try await handler.status())
      let links = tour.show("handler.pid?.snapshot?.links", handler.pid?.snapshot?.links)

      tour.show("gate.open()", gate.open())
      // The newest stands first.
      let reason = tour.show("tasks.last?.waitForExit()", await status.tasks.last?.waitForExit())
      let isAlive = tour.show("handler.isAlive", handler.isAlive)
      tour.show("clock.advance(by: .milliseconds(100))", await test.clock.advance(by: .milliseconds(100)))
      let later = tour.show("handler.status()", try await handler.status())
      let logged = tour.show("logs.entries.count", test.logs.entries.count)
      return CrashOutcome(
        load: Load(started: status.tasks.count, queued: status.queue.count), links: links, reason: reason,
        isAlive: isAlive, later: Load(started: later.tasks.count, queued: later.queue.count), logged: logged)
    }
  }

  /// What a job sends when it has ended.
  struct Finished: Equatable, Sendable {
    /// How long it took.
    let seconds: Int
    /// How long after the first was added.
    let time: Duration
  }

  static func fiveJobs(_ tour: Narrator) async throws -> [Finished] {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        let handler = tour.show("TaskHandler.start(.init(taskLimit: 2))", try await TaskHandler.start(.init()))
        let (starter, begin) = (process.pid, process.now)
        func send(after seconds: Int) -> TaskHandler.Job {
          { job in
            _ = try await job.receive(timeout: .seconds(seconds))
            starter.send(Finished(seconds: seconds, time: job.now - begin))
          }
        }
        for seconds in [3, 1, 2, 1, 3] {
          tour.show("handler.add(send(after: \(seconds)))", handler.add(send(after: seconds)))
        }
        tour.show("handler.status()", try await handler.status())
        tour.show("clock.advance(by: .seconds(10))", await test.clock.advance(by: .seconds(10)))

        tour.remark("The handler promises no order: it starts what came last first, at the next look after an end")
        var finished: [Finished] = []
        while let message = try await process.receive(Finished.self, timeout: .milliseconds(0)) {
          finished.append(message)
          tour.show("process.receive(Finished.self)", "\(message.seconds) s, at \(message.time)")
        }
        tour.show("handler.status()", try await handler.status())
        return finished
      }
    }
  }
}
