import GenServerKit
import GenServerTesting

extension GuideChapter {
  struct ReplyFormatsOutcome {
    var answers: [Int] = []
    var history: [String] = []
    var stops: [ExitReason] = []
    var withoutReply: CallError?
    var failedStarts: [StartError] = []
  }

  static func replyFormats(_ tour: Narrator) async throws -> ReplyFormatsOutcome {
    try await withTestRuntime { test in
      var outcome = ReplyFormatsOutcome()
      try await goOn(tour, test.clock, &outcome)
      try await stop(tour, &outcome)
      try await begin(tour, &outcome)
      return outcome
    }
  }

  private static func goOn(_ tour: Narrator, _ clock: TestClock, _ outcome: inout ReplyFormatsOutcome) async throws {
    let server = tour.show("ReplyFormats.start(.okThenContinue)", try await ReplyFormats.start(.okThenContinue))
    outcome.answers.append(tour.show("server.reply()", try await server.reply()))
    outcome.answers.append(tour.show("server.replyThenHibernate()", try await server.replyThenHibernate()))
    outcome.answers.append(tour.show("server.replyThenTimeout()", try await server.replyThenTimeout()))
    tour.show("clock.advance(by: .seconds(1))", await clock.advance(by: .seconds(1)))
    outcome.answers.append(tour.show("server.noReplyThenContinue()", try await server.noReplyThenContinue()))

    let later = server.requestWithoutReply()
    tour.show("server.answer()", server.answer())
    outcome.answers.append(tour.show("server.requestWithoutReply().value()", try await later.value()))
    outcome.history = tour.show("server.history()", try await server.history())
  }

  private static func stop(_ tour: Narrator, _ outcome: inout ReplyFormatsOutcome) async throws {
    let polite = try await ReplyFormats.start(.ok)
    outcome.answers.append(tour.show("polite.stopReplying()", try await polite.stopReplying()))
    outcome.stops.append(tour.show("polite.waitForExit()", await polite.waitForExit()))

    let rude = try await ReplyFormats.start(.ok)
    outcome.withoutReply = try await tour.failure(CallError.self, "rude.stopWithoutReply()") {
      try await rude.stopWithoutReply()
    }
    outcome.stops.append(tour.show("rude.waitForExit()", await rude.waitForExit()))

    let quiet = try await ReplyFormats.start(.ok)
    tour.show("quiet.stopByCast()", quiet.stopByCast())
    outcome.stops.append(tour.show("quiet.waitForExit()", await quiet.waitForExit()))
  }

  private static func begin(_ tour: Narrator, _ outcome: inout ReplyFormatsOutcome) async throws {
    for beginning in [ReplyFormats.Beginning.ignore, .error, .stop] {
      let error = try await tour.failure(StartError.self, "ReplyFormats.start(.\(beginning))") {
        try await ReplyFormats.start(beginning)
      }
      outcome.failedStarts.append(error)
    }
  }
}
