import Testing

@testable import GenServerTour

@Suite(.timeLimit(.minutes(1))) struct TourTests {
  @Test func theWholeTourRunsAndNoExampleFails() async {
    let narrator = Narrator()
    let summary = await Tour.whole.run(narrator)
    #expect(summary.failures == [])
    #expect(summary.examples == 46)
    #expect(summary.steps == narrator.steps.count)
    #expect(summary.steps > 400)
    #expect("\(summary)" == "46 examples, \(narrator.steps.count) steps")
  }

  @Test func idsAreUniqueAndInTheOrderOfTheTour() {
    let ids = Tour.whole.examples.map(\.id)
    #expect(
      ids == [
        "S0-1", "S0-2", "S0-3", "S0-4", "S0-5", "S0-6", "S0-7", "S0-8", "S0-9", "S1-1", "S1-2", "S1-3", "S1-4", "S1-5",
        "S1-6", "S1-7", "S1-8", "S1-9", "S1-10", "S2-1", "S2-2", "S2-4", "S2-8", "S3-1", "S3-2", "S3-3", "S3-4", "S3-5",
        "S3-6",
        "S3-7", "S3-8", "S3-9", "S3-10", "S3-11", "S3-12", "S3-13", "S3-14", "S4-1", "S4-4", "S4-5", "S4-7", "S4-8",
        "S4-9", "S4-10", "S4-11", "S4-12",
      ])
  }

  @Test func aSelectionRunsItsExamplesOnly() async throws {
    var lines: [String] = []
    let tour = try Tour.whole.only(["S2-2", "S1-2"])
    #expect(tour.examples.map(\.id) == ["S1-2", "S2-2"])
    let summary = await tour.run(Narrator { lines.append($0) })
    #expect(summary.examples == 2)
    #expect(lines.filter { $0.hasPrefix("S") }.count == 4)
    #expect(lines.contains { $0.hasPrefix("  stack.pop()") && $0.hasSuffix("→ success(1)") })
    #expect(lines.last == "\(summary)")
  }

  @Test func unknownIdsAreAnErrorThatListsWhatThereIs() {
    let known = Tour.whole.examples.map(\.id)
    let error = #expect(throws: UnknownExamples.self) { try Tour.whole.only(["S1-2", "S9-9", "x"]) }
    #expect(error == UnknownExamples(unknown: ["S9-9", "x"], known: known))
    #expect(error?.description.contains("no example S9-9, x. There are: S0-1, S0-2") == true)
  }

  @Test func anExampleThatFailsIsNamedAndTheOthersRun() async {
    struct Broken: Error {}
    let tour = Tour([
      Chapter(
        "X",
        [
          Example("X-1", "fails") { _ in throw Broken() },
          Example("X-2", "does not fail where it should") { tour in
            try await tour.failure(Broken.self, "fine()") { 3 }
          },
          Example("X-3", "fails in another way") { tour in
            try await tour.failure(Broken.self, "other()") { throw CancellationError() }
          },
          Example("X-4", "works") { $0.show("works()", 4) },
        ])
    ])
    var lines: [String] = []
    let summary = await tour.run(Narrator { lines.append($0) })
    #expect(summary.failures == ["X-1", "X-2", "X-3"])
    #expect("\(summary)" == "4 examples, 1 step, 3 failed: X-1, X-2, X-3")
    #expect(lines.contains("  X-1 failed: Broken()"))
    #expect(lines.contains("  X-2 failed: fine() was to fail and returned 3"))
  }
}
