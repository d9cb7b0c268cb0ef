import GenServerKit

extension TaskHandlerChapter {
  struct PausedOutcome {
    var whilePaused: ProcessSnapshot?
    var stateWhilePaused: CallError?
    var isStarted: PID?
    var luggage: [String: String] = [:]
    var greetingsWaiting: Int?
    var heard: [String] = []
    var greeting = ""
  }

  static func pausedStart(_ tour: Narrator) async throws -> PausedOutcome {
    var outcome = PausedOutcome()
    let border = tour.show("Gate.start()", try await Gate.start())
    let luggage = ["a": "value", "b": "another value"]
    tour.remark("Its `initialize` waits at the border. It has its name and its mailbox already, and can be looked at")
    let start = Task {
      try await Visitor.start(.init(luggage: luggage, border: border), name: "ann")
    }
    tour.show("border.arrival()", try await border.arrival())
    let paused = tour.show(#"Visitor.whereis("ann")"#, Visitor.whereis("ann"))
    tour.show(#"Visitor.named("ann").hear("welcome")"#, Visitor.named("ann").hear("welcome"))
    let snapshot = paused?.pid?.snapshot
    tour.show("snapshot?.name", snapshot?.name)
    tour.show("snapshot?.links", snapshot?.links)
    tour.show("snapshot?.mailboxCount", snapshot?.mailboxCount)
    outcome.whilePaused = snapshot

    tour.remark("It has a state when `initialize` has returned, not before: who asks for it has to wait")
    outcome.stateWhilePaused = try await tour.failure(
      CallError.self, #"Sys.state(of: .named("ann"), timeout: .milliseconds(50))"#
    ) { try await Sys.state(of: Visitor.named("ann"), timeout: .milliseconds(50)) }
    tour.show("border.open()", border.open())
    let visitor = tour.show("start.value", try await start.value)

    outcome.isStarted = visitor.pid

    tour.remark("From then on it can be suspended, looked into, and let go on")
    tour.show("Sys.suspend(visitor)", try await Sys.suspend(visitor))
    let greeting = visitor.requestGreeting()
    outcome.greetingsWaiting = tour.show("visitor.pid?.snapshot?.mailboxCount", visitor.pid?.snapshot?.mailboxCount)
    let state = try await Sys.state(of: visitor)
    tour.show("Sys.state(of: visitor).luggage", state.luggage.sorted { $0.key < $1.key }.map { "\($0): \($1)" })
    tour.show("Sys.state(of: visitor).heard", state.heard)
    tour.show("Sys.resume(visitor)", try await Sys.resume(visitor))
    outcome.greeting = tour.show("visitor.requestGreeting().value()", try await greeting.value())
    outcome.luggage = state.luggage
    outcome.heard = state.heard
    return outcome
  }
}
