import GenServerKit

/// Crashes when it gets a message that it does not know.
struct Strict: GenServer {
  struct Unknown: Error, Equatable {}

  static func initialize(_: Void, context: Context) -> Initial { .ok(Strict()) }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) throws -> Next { throw Unknown() }
}
