import Foundation
import Testing

/// The guide names a test for each guarantee, and a test that is renamed is to be renamed there.
@Suite("Guide: Guarantees") struct GuaranteesGuideTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
  private static let guide = tests.appending(
    path: "../../Sources/GenServerKit/GenServerKit.docc/Guides/Guarantees.md")

  @Test("each test that the guide names exists")
  func tests() throws {
    let text = try String(contentsOf: Self.guide, encoding: .utf8)
    var count = 0
    for line in text.split(separator: "\n") where line.hasPrefix("| ") && !line.hasPrefix("| Guarantee") {
      let cells = line.split(separator: " | ")
      let references = try #require(cells.last).dropLast(2).split(separator: "; ")
      #expect(cells.count == 2 && !references.isEmpty, "\(line)")
      for reference in references {
        let match = try #require(try /(?:`([A-Z]+-\d+)`|"(.+)") `(.+)`/.wholeMatch(in: reference), "\(reference)")
        let source = try String(contentsOf: Self.tests.appending(path: String(match.output.3)), encoding: .utf8)
        if let id = match.output.1 {
          #expect(source.firstMatch(of: try Regex("\"(?:[A-Z]+-\\d+, )*\(id)[,:]")) != nil, "\(reference)")
        } else if let name = match.output.2 {
          #expect(source.contains("\"\(name)\""), "\(reference)")
        }
        count += 1
      }
    }
    #expect(count > 50)
  }
}
