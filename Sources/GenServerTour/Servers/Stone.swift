import GenServerKit

/// The least that a server can be: it has no handlers, since it has no messages.
struct Stone: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Stone()) }
}
