// error: x
import GenServerKit

enum Question: Sendable { case value(ReplyTo<Int>) }

struct Counter: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Question, context: Context) -> Next { .noReply }
}

func f(_ c: ServerRef<Counter>) async throws { let _: Int = try await c.call { Question.value($0) } }
