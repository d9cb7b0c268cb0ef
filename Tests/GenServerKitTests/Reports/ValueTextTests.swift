import Testing

@testable import GenServerKit

private struct Point { let x = 1, y = "a" }
private struct Pair { let first: [Int], second: String }
private final class Page { let number = 7 }
private indirect enum Chain {
  case end
  case link(Chain)
}
private enum Way {
  case north
  case turn(Int)
  case go(to: String, by: Int)
}

private struct Named: CustomStringConvertible {
  let description = "a name"
}

private struct Debugged: CustomDebugStringConvertible {
  let debugDescription = "a debugged name"
}

/// Counts how often it is put into words.
private struct Counted: CustomStringConvertible, Hashable {
  let number: Int
  let count: Observed<Int>

  var description: String {
    count.change { $0 += 1 }
    return "\(number)"
  }

  static func == (a: Self, b: Self) -> Bool { a.number == b.number }
  func hash(into hasher: inout Hasher) { hasher.combine(number) }
}

@Suite("Texts of values") struct ValueTextTests {
  private func text(_ value: Any, limit: Int = 10_000) -> String { ValueText.describing(value, limit: limit) }

  @Test("what is short reads as it prints")
  func asPrinted() {
    let values: [Any] = [
      1, -2.5, true, "a \"b\"\n", Character("c"), [1, 2], ["a", "b"], [] as [Int], [:] as [String: Int], ["a": 1],
      Set([1]), ContiguousArray([1, 2]), (1, "a"), (first: 1, 2), Int?.none as Any, Int?(3) as Any, Int??(4) as Any,
      Named(), Debugged(), [Named()], [Debugged()], AnyHashable(3), ["x": ["y": [1.5]]], Substring("abc"), 1..<3,
      Result<Int, PuppetError>.success(1), Result<Int, PuppetError>.failure(PuppetError("e")), PuppetError("e"),
      ExitReason.shutdown, Int.self, Duration.seconds(1), Unicode.Scalar(UInt8(65)), UInt8(7),
    ]
    for value in values { #expect(text(value) == "\(value)") }
  }

  @Test("structures, cases and objects read as they print, without addresses")
  func reflected() {
    let module = "GenServerKitTests."
    #expect(text(Point()) == "Point(x: 1, y: \"a\")")
    #expect(text([Point()]) == "[\(module)Point(x: 1, y: \"a\")]")
    #expect(text(Way.north) == "north")
    #expect(text(Way.turn(1)) == "turn(1)")
    #expect(text(Way.go(to: "x", by: 1)) == "go(to: \"x\", by: 1)")
    #expect(text([Way.north, .turn(1)]) == "[\(module)Way.north, \(module)Way.turn(1)]")
    #expect(text(Page()) == "\(module)Page")
  }

  @Test("of a large collection so much is looked at as is shown")
  func largeCollections() {
    let count = Observed(0)
    let array = (0..<200_000).map { Counted(number: $0, count: count) }
    func expectShort(_ value: Any, left: ClosedRange<Int>, sourceLocation: SourceLocation = #_sourceLocation) throws {
      count.change { $0 = 0 }
      let text = text(value, limit: 100)
      #expect(count.value <= 100, sourceLocation: sourceLocation)
      #expect(text.utf8.count < 200, sourceLocation: sourceLocation)
      let match = try #require(text.firstMatch(of: #/, and (\d+) more\)?\]/#), sourceLocation: sourceLocation)
      #expect(left.contains(try #require(Int(match.1))), sourceLocation: sourceLocation)
    }
    let left = 199_900...199_999
    #expect(throws: Never.self) {
      try expectShort(array, left: left)
      try expectShort(array[...], left: left)
      try expectShort(ContiguousArray(array), left: left)
      try expectShort(Set(array), left: left)
      try expectShort(AnyHashable(array), left: left)
      try expectShort(Optional(array) as Any, left: left)
    }
    let dictionary = Dictionary(uniqueKeysWithValues: array.map { ($0, $0) })
    #expect(throws: Never.self) {
      try expectShort(dictionary, left: left)
      try expectShort(dictionary.keys, left: left)
      try expectShort(dictionary.values, left: left)
      try expectShort((array, 1), left: left)
      try expectShort(Result<[Counted], PuppetError>.success(array), left: left)
      try expectShort([array, array], left: left)
    }
  }

  @Test("of a long string the beginning is shown, and no part of a character")
  func longStrings() {
    let long = String(repeating: "é", count: 500_000)
    #expect(text(long, limit: 9) == "éééé… and 999992 more bytes")
    #expect(text([long], limit: 10) == "[\"éééé…\" and 999992 more bytes]")
    #expect(text(String(repeating: "a", count: 24), limit: 3) == String(repeating: "a", count: 24))
    #expect(text(String(repeating: "a", count: 25), limit: 3) == "aaa… and 22 more bytes")
  }

  @Test("a value is cut, and those behind it are still seen")
  func fairShare() {
    let pair = text(Pair(first: Array(0..<1000), second: "behind"), limit: 200)
    #expect(pair.hasPrefix("Pair(first: [0, 1, 2, "))
    #expect(pair.hasSuffix("more], second: \"behind\")"))
    #expect(pair.utf8.count < 250)
  }

  @Test("a value that is as deep as it likes has a text")
  func deep() {
    var chain = Chain.end
    for _ in 0..<100_000 { chain = .link(chain) }
    let text = text(chain, limit: 1_000_000)
    #expect(text.hasPrefix("link(GenServerKitTests.Chain.link("))
    #expect(text.contains("…"))
    // What is that deep cannot be dropped at once either.
    while case .link(let next) = chain { chain = next }
  }

  @Test("a limit of nothing or less has a text as well", arguments: [Int.min, -1, 0, 1])
  func noRoom(_ limit: Int) {
    #expect(text([1, 2, 3], limit: limit).utf8.count < 30)
    #expect(text("long", limit: limit).utf8.count < 30)
    #expect(text(Point(), limit: limit).utf8.count < 50)
  }

  @Test("a message is cut as other values")
  func messages() {
    enum Message { case put(key: String, [Int], ReplyTo<Int>) }
    let text = MessageText.describe(
      Message.put(key: "a", Array(0..<100_000), ReplyTo(ReplyNode.spent)), limit: 50)
    #expect(text.hasPrefix("put(key: \"a\", [0, 1, 2, "))
    #expect(text.hasSuffix("more])"))
    #expect(text.utf8.count < 100)
  }

  @Test("the name of a case is known without its values")
  func caseNames() {
    #expect(MessageText.caseName(of: Way.north) == "north")
    #expect(MessageText.caseName(of: Way.turn(1)) == "turn")
    #expect(MessageText.caseName(of: Way.go(to: "x", by: 1)) == "go")
    #expect(MessageText.caseName(of: Chain.link(.end)) == "link")
    #expect(MessageText.caseName(of: Point()) == "Point")
    #expect(MessageText.caseName(of: 3) == "Int")
  }

  @Test("a text that is made when it is read is made once")
  func lazy() {
    let count = Observed(0)
    let text = LazyText {
      count.change { $0 += 1 }
      return "made"
    }
    #expect(count.value == 0)
    #expect(text.text == "made")
    #expect(text.text == "made")
    #expect(count.value == 1)
  }

  @Test("what a text is made of is dropped when it is made")
  func dropped() {
    weak var seen: Page?
    let text: LazyText
    do {
      let page = Page()
      seen = page
      let number = PageHolder(page: page)
      text = LazyText { "\(number.page.number)" }
    }
    #expect(seen != nil)
    #expect(text.text == "7")
    #expect(seen == nil)
  }

  private struct PageHolder: @unchecked Sendable {
    // Unchecked: nobody changes a page.
    let page: Page
  }
}
