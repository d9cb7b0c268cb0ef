import GenServerKit

extension GuideChapter {
  struct NamesOutcome {
    var sizes: [Int] = []
    var withoutName: String?
    var taken: StartError?
    var holder: PID?
    var isFreeAgain = false
  }

  static func names(_ tour: Narrator) async throws -> NamesOutcome {
    var outcome = NamesOutcome()
    tour.show("Stack.start([1, 2], name: \"desk\")", try await Stack.start([1, 2], name: "desk"))
    outcome.sizes.append(tour.show("Stack.named(\"desk\").size()", try await Stack.named("desk").size()))

    let nameless = tour.show("Stack.start([3])", try await Stack.start([3]))
    outcome.sizes.append(tour.show("nameless.size()", try await nameless.size()))
    outcome.withoutName = tour.show("nameless.pid?.snapshot?.name", nameless.pid?.snapshot?.name)

    let shelf = Shelf()
    let name = ProcessName<Stack>.via(shelf, "b17")
    let first = tour.show(
      "Stack.start([4, 5, 6], name: .via(shelf, \"b17\"))", try await Stack.start([4, 5, 6], name: name))
    let stack = tour.show("Stack.named(.via(shelf, \"b17\"))", Stack.named(name))
    outcome.sizes.append(tour.show("stack.size()", try await stack.size()))
    outcome.taken = try await tour.failure(StartError.self, "Stack.start([], name: .via(shelf, \"b17\"))") {
      try await Stack.start([], name: name)
    }
    outcome.holder = first.pid
    tour.show("stack.stop()", try await stack.stop())
    outcome.isFreeAgain = tour.show("Stack.whereis(.via(shelf, \"b17\")) == nil", Stack.whereis(name) == nil)
    return outcome
  }
}
