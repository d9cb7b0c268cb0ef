import GenServerKit

/// Sessions of users by secret token; one that is not used for `idleTime` ends.
public struct SessionStore: GenServer {
  public struct Token: Hashable, Sendable, CustomStringConvertible {
    public let secret: String

    public init(secret: String) {
      self.secret = secret
    }

    /// Requests are shown in errors and logs, and a token in a log opens a session.
    public var description: String { "Token(…)" }
  }

  public struct Session: Equatable, Sendable {
    public let user: String
    public let created: Timestamp
  }

  public enum Failure: Error, Equatable { case noSession }

  public enum Call: Sendable {
    case open(user: String, ReplyTo<Token>)
    case session(Token, ReplyTo<Result<Session, Failure>>)
    case closeAll(user: String, ReplyTo<Int>)
  }

  public enum Cast: Sendable { case close(Token) }

  public enum Info: Sendable { case idle(Token) }

  private let idleTime: Duration
  private var sessions: [Token: (session: Session, timer: TimerReference)] = [:]

  private init(idleTime: Duration) {
    self.idleTime = idleTime
  }

  public static func initialize(_ idleTime: Duration, context: Context) -> Initial {
    .ok(SessionStore(idleTime: idleTime))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .open(let user, let client):
      let token = Token(secret: Self.randomSecret())
      let timer = context.send(.idle(token), after: idleTime)
      sessions[token] = (Session(user: user, created: context.wallTime), timer)
      return .reply(token, to: client)
    case .session(let token, let client):
      guard let session = sessions[token]?.session else { return .fail(.noSession, to: client) }
      sessions[token]?.timer.cancel()
      sessions[token]?.timer = context.send(.idle(token), after: idleTime)
      return .reply(session, to: client)
    case .closeAll(let user, let client):
      let tokens = sessions.filter { $0.value.session.user == user }.keys
      for token in tokens { close(token) }
      return .reply(tokens.count, to: client)
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .close(let token): close(token)
    }
    return .noReply
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .idle(let token):
      // A timer that was replaced while its message was already on the way must not end the session.
      if sessions[token]?.timer.remaining == nil { close(token) }
    }
    return .noReply
  }

  public static func formatStatus(_ status: inout ServerStatus) {
    if let state = status.state as? Self { status.state = "\(state.sessions.count) sessions" }
  }

  private mutating func close(_ token: Token) {
    sessions.removeValue(forKey: token)?.timer.cancel()
  }

  private static func randomSecret() -> String {
    var generator = SystemRandomNumberGenerator()
    let parts: [UInt64] = [generator.next(), generator.next()]
    return parts.map { String($0, radix: 36) }.joined()
  }
}

extension ServerRef where Server == SessionStore {
  public func open(user: String) async throws(CallError) -> SessionStore.Token {
    try await call { .open(user: user, $0) }
  }

  /// The session, which lives on for another `idleTime`.
  public func session(_ token: SessionStore.Token) async throws -> SessionStore.Session {
    try await call { .session(token, $0) }.get()
  }

  public func close(_ token: SessionStore.Token) {
    cast(.close(token))
  }

  /// Returns how many sessions the user had.
  @discardableResult
  public func closeAll(user: String) async throws(CallError) -> Int {
    try await call { .closeAll(user: user, $0) }
  }
}
