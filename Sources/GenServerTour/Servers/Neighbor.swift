import GenServerKit

/// Asks the neighbor it knows, and waits for the answer; knowing nobody, it answers itself.
struct Neighbor: GenServer {
  /// How long each one waits for the next, and whether circles are looked for.
  struct Patience: Sendable {
    var timeout = Timeout.seconds(5)
    var detectsDeadlock = true
  }
  enum Call: Sendable { case ask(Patience, ReplyTo<Result<String, CallError>>) }
  enum Cast: Sendable { case meet(ServerRef<Neighbor>) }

  let name: String
  var next: ServerRef<Neighbor>?

  static func initialize(_ name: String, context: Context) -> Initial { .ok(Neighbor(name: name)) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .ask(let patience, let client):
      guard let next else { return .reply("\(name) knows", to: client) }
      do throws(CallError) {
        let answer = try await next.ask(patience)
        return .reply(answer, to: client)
      } catch {
        return .fail(error, to: client)
      }
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .meet(let neighbor): next = neighbor
    }
    return .noReply
  }
}

extension ServerRef where Server == Neighbor {
  func ask(_ patience: Neighbor.Patience = .init()) async throws(CallError) -> String {
    let answer = try await call(timeout: patience.timeout, detectsDeadlock: patience.detectsDeadlock) {
      .ask(patience, $0)
    }
    return try answer.get()
  }
  @discardableResult func meet(_ neighbor: ServerRef<Neighbor>) -> Delivery { cast(.meet(neighbor)) }
}
