import GenServerKit

/// Asks the neighbour it knows, and waits for the answer; knowing nobody, it answers itself.
struct Neighbour: GenServer {
  /// How long each one waits for the next, and whether circles are looked for.
  struct Patience: Sendable {
    var timeout = Timeout.seconds(5)
    var detectsDeadlock = true
  }
  enum Call: Sendable { case ask(Patience, ReplyTo<Result<String, CallError>>) }
  enum Cast: Sendable { case meet(ServerRef<Neighbour>) }

  let name: String
  var next: ServerRef<Neighbour>?

  static func initialize(_ name: String, context: Context) -> Initial { .ok(Neighbour(name: name)) }

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

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .meet(let neighbour): next = neighbour
    }
    return .noReply
  }
}

extension ServerRef where Server == Neighbour {
  func ask(_ patience: Neighbour.Patience = .init()) async throws(CallError) -> String {
    let answer = try await call(timeout: patience.timeout, detectsDeadlock: patience.detectsDeadlock) {
      .ask(patience, $0)
    }
    return try answer.get()
  }
  @discardableResult func meet(_ neighbour: ServerRef<Neighbour>) -> Delivery { cast(.meet(neighbour)) }
}
