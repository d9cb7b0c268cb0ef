// error: x
import GenServerKit

struct Counter: GenServer {
  enum Casts: Sendable { case reset }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCast(_ cast: Casts, context: Context) -> Next { .noReply }
}

func f(_ c: ServerRef<Counter>) { c.cast(.reset) }
