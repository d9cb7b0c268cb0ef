import GenServerKit

/// What happens to servers that wait for each other.
enum DeadlockChapter {
  static let chapter = Chapter(
    "S2  Talking to oneself, and to others",
    [
      Example("S2-1", "Calls that would wait for themselves fail at once", circles),
      Example("S2-2", "A message to oneself comes after the one being handled", cast),
      Example("S2-4", "A call made by hand, of messages for which nobody waits", handmadeCall),
      Example("S2-8", "A server that calls another one answers nobody meanwhile", blockedServer),
    ])

  struct CircleOutcome {
    let withoutCircle: String
    let callingSelf: [CallError]
    let circle: CallError
    let expectedCircle: [PID?]
    let undetected: CallError
  }

  static func circles(_ tour: Narrator) async throws -> CircleOutcome {
    let ann = tour.show(#"Neighbour.start("Ann", name: "ann")"#, try await Neighbour.start("Ann", name: "ann"))
    let ben = tour.show(#"Neighbour.start("Ben")"#, try await Neighbour.start("Ben"))

    tour.show("ann.meet(ben)", ann.meet(ben))
    let withoutCircle = tour.show("ann.ask()", try await ann.ask())

    tour.show("ben.meet(ben)", ben.meet(ben))
    let byPID = try await tour.failure(CallError.self, "ben.ask()") { try await ben.ask() }
    tour.show(#"ann.meet(Neighbour.named("ann"))"#, ann.meet(.named("ann")))
    let byName = try await tour.failure(CallError.self, "ann.ask()") { try await ann.ask() }

    tour.show("ann.meet(ben)", ann.meet(ben))
    tour.show("ben.meet(ann)", ben.meet(ann))
    let circle = try await tour.failure(CallError.self, "ann.ask()") { try await ann.ask() }

    // Without the check somebody waits until the time is up.
    let patience = Neighbour.Patience(timeout: .milliseconds(50), detectsDeadlock: false)
    let call = "ann.ask(.init(timeout: .milliseconds(50), detectsDeadlock: false))"
    let undetected = try await tour.failure(CallError.self, call) { try await ann.ask(patience) }

    return CircleOutcome(
      withoutCircle: withoutCircle, callingSelf: [byPID, byName], circle: circle, expectedCircle: [ben.pid, ann.pid],
      undetected: undetected)
  }

  static func cast(_ tour: Narrator) async throws -> (during: [String], after: [String]) {
    let diary = tour.show("Diary.start()", try await Diary.start())
    let during = tour.show(#"diary.write("rain")"#, try await diary.write("rain"))
    let after = tour.show("diary.lines()", try await diary.lines())
    return (during, after)
  }
}
