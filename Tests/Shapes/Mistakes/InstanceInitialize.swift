// error: type 'Counter' does not conform to protocol 'GenServer'
import GenServerKit

struct Counter: GenServer {
  func initialize(_: Void, context: Context) -> Initial { .ok(self) }
}
