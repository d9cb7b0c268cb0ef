import Foundation
import Testing

/// What a recipe's article shows is the code that the tests run.
@Suite("Recipe articles") struct RecipeArticleTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
  private static let articles = tests.appending(path: "../Sources/GenServerKit/GenServerKit.docc/Recipes")

  private static let sources = [
    "Behaviour": "GenServerKitTests/Recipes/BehaviourRecipeTests.swift",
    "Generic-server": "GenServerKitTests/Recipes/GenericServerRecipeTests.swift",
    "Late-answers": "GenServerKitTests/Recipes/DeferredReplyRecipeTests.swift",
    "Leases": "GenServerKitTests/Recipes/LeaseRecipeTests.swift",
    "Main-actor-module": "MainActorByDefaultTests/MainActorRecipeTests.swift",
    "Public-server": "GenServerKitTests/Recipes/PublicServerRecipeTests.swift",
    "Several-arguments": "GenServerKitTests/Recipes/ConfigurationRecipeTests.swift",
    "State-machine": "GenServerKitTests/Recipes/StateMachineRecipeTests.swift",
  ]

  @Test("each recipe has its tests")
  func all() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.articles.path(percentEncoded: false))
    #expect(Set(files) == Set(Self.sources.keys.map { "\($0).md" }))
  }

  @Test("what an article declares is in its tests", arguments: sources.keys.sorted())
  func code(_ article: String) throws {
    let text = try String(contentsOf: Self.articles.appending(path: "\(article).md"), encoding: .utf8)
    let path = try #require(Self.sources[article])
    let source = Self.comparable(try String(contentsOf: Self.tests.appending(path: path), encoding: .utf8))
    var count = 0
    // Blocks alternate with prose. Those that only use what is declared elsewhere are not in the tests.
    for (index, block) in text.components(separatedBy: "```").enumerated() where index % 2 == 1 {
      guard block.hasPrefix("swift\n"), block.contains("{\n") else { continue }
      let code = Self.comparable(String(block.dropFirst(6)))
      #expect(source.contains(code), "\(block)")
      count += 1
    }
    #expect(count > 0)
  }

  /// Tests keep their declarations to themselves, which readers need not.
  private static func comparable(_ code: String) -> String {
    code.replacing("fileprivate ", with: "").replacing("private ", with: "")
      .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      .joined(separator: "\n")
  }
}
