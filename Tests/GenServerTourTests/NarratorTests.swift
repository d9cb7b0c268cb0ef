import Testing

@testable import GenServerTour

@Suite struct NarratorTests {
  private enum Fault: Error { case small }

  @Test func valuesAreShownShort() {
    #expect(Narrator.text(of: 3) == "3")
    #expect(Narrator.text(of: "a") == "\"a\"")
    #expect(Narrator.text(of: ()) == "")
    #expect(Narrator.text(of: Set(["b", "a"])) == #"["a", "b"]"#)
    #expect(Narrator.text(of: [Result<Int, Fault>.success(1), .failure(.small)]) == "[success(1), failure(small)]")
    #expect(Narrator.text(of: Int?.none as Any) == "nil")
    #expect(Narrator.text(of: String?.some("a") as Any) == "\"a\"")
    #expect(Narrator.text(of: Result<StoredValue, Fault>.success(nil)) == "success(nil)")
  }

  @Test func longListsTakeALineForEachItem() {
    let words = Array(repeating: String(repeating: "x", count: 40), count: 2)
    #expect(Narrator.text(of: words).split(separator: "\n").count == 2)
  }

  @Test func resultsAreAlignedAndLongCallsTakeALineOfTheirOwn() {
    let short = Narrator.lines(of: .init(call: "a()", result: "1\n2"), .plain)
    let call = String(repeating: "c", count: 60)
    let long = Narrator.lines(of: .init(call: call, result: "1"), .plain)
    #expect(short.count == 2)
    #expect(short[0].hasPrefix("  a() "))
    #expect(long.count == 2)
    #expect(long[0] == "  \(call)")
    #expect(short[0].firstIndex(of: "→") == long[1].firstIndex(of: "→"))
    #expect(Narrator.lines(of: .init(call: "a()", result: ""), .plain) == ["  a()"])
  }

  @Test func onlyTheColouredStyleWritesEscapes() {
    let step = Narrator.Step(call: "a()", result: "1")
    #expect(!Narrator.lines(of: step, .plain).joined().contains("\u{1B}"))
    #expect(Narrator.lines(of: step, .coloured).joined().contains("\u{1B}[32m1\u{1B}[0m"))
  }

  @Test func showHandsTheValueOnAndRecordsIt() {
    let narrator = Narrator()
    #expect(narrator.show("a()", 7) == 7)
    #expect(narrator.steps == [.init(call: "a()", result: "7")])
  }

  @Test func remarksAreToldBetweenTheStepsAndAreNone() {
    var lines: [String] = []
    let narrator = Narrator { lines.append($0) }
    narrator.show("a()", 7)
    narrator.remark("so much\nfor a")
    #expect(lines.suffix(2) == ["  # so much", "  # for a"])
    #expect(narrator.remarks == ["so much\nfor a"])
    #expect(narrator.steps.count == 1)
  }
}
