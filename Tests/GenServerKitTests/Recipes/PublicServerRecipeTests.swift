public import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "A public server whose messages are private".

/// Words that mean the same.
public struct Thesaurus: Sendable {
  private let server: ServerRef<ThesaurusServer>

  /// An empty one.
  public init() async throws(StartError) { server = try await ThesaurusServer.start() }

  /// Says that two words mean the same.
  public func add(_ word: String, meaning other: String) { server.cast(.add(word, other)) }

  /// The words that mean the same as `word`, in order.
  public func synonyms(of word: String) async throws(CallError) -> [String] {
    try await server.call { .synonyms(word, $0) }
  }

  /// The same one, whose calls take at most this long.
  public func within(_ timeout: Timeout) -> Thesaurus { Thesaurus(server: server.within(timeout)) }

  /// Ends it.
  public func close() async throws(CallError) { try await server.stop() }

  private init(server: ServerRef<ThesaurusServer>) { self.server = server }
}

private struct ThesaurusServer: GenServer {
  enum Call: Sendable { case synonyms(String, ReplyTo<[String]>) }
  enum Cast: Sendable { case add(String, String) }

  var words: [String: Set<String>] = [:]

  static func initialize(_: Void, context: Context) -> Initial { .ok(ThesaurusServer()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .synonyms(let word, let client): .reply(words[word, default: []].sorted(), to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .add(let word, let other):
      words[word, default: []].insert(other)
      words[other, default: []].insert(word)
    }
    return .noReply
  }
}

@Suite("Recipe: A public server whose messages are private") struct PublicServerRecipeTests {
  @Test("it is used without its messages")
  func synonyms() async throws {
    try await withTestRuntime { _ in
      let thesaurus = try await Thesaurus()
      thesaurus.add("big", meaning: "large")
      thesaurus.add("big", meaning: "great")
      #expect(try await thesaurus.synonyms(of: "big") == ["great", "large"])
      #expect(try await thesaurus.within(.seconds(1)).synonyms(of: "large") == ["big"])
      try await thesaurus.close()
      await #expect(throws: CallError.noProcess()) { try await thesaurus.synonyms(of: "big") }
    }
  }
}
