import Foundation
import GenServerKit

struct Session: Equatable, Sendable {
  let userID: String
  let createdAt: Timestamp
  var lastAccessed: Timestamp
}

/// Keeps a session for a minute after its last refresh; reading one does not refresh it.
struct SessionStore: GenServer {
  enum Failure: Error { case notFound, expired }
  enum Call: Sendable {
    case create(userID: String, ReplyTo<String>)
    case get(String, ReplyTo<Result<Session, Failure>>)
  }
  enum Cast: Sendable { case refresh(String) }
  enum Info: Sendable { case cleanUp }

  static let lifetime = Duration.seconds(60)
  var sessions: [String: Session] = [:]

  static func initialize(_: Void, context: Context) -> Initial {
    context.send(.cleanUp, every: lifetime)
    return .ok(SessionStore())
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    let now = context.wallTime
    switch call {
    case .create(let userID, let client):
      let id = Self.newID()
      sessions[id] = Session(userID: userID, createdAt: now, lastAccessed: now)
      return .reply(id, to: client)
    case .get(let id, let client):
      guard let session = sessions[id] else { return .fail(.notFound, to: client) }
      guard !isExpired(session, now) else {
        sessions[id] = nil
        return .fail(.expired, to: client)
      }
      return .reply(session, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .refresh(let id): sessions[id]?.lastAccessed = context.wallTime
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .cleanUp: sessions = sessions.filter { !isExpired($0.value, context.wallTime) }
    }
    return .noReply
  }

  private func isExpired(_ session: Session, _ now: Timestamp) -> Bool {
    now - session.lastAccessed > Self.lifetime
  }

  /// Sixteen random bytes in base 64, which are 24 characters.
  private static func newID() -> String {
    Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
  }
}

extension ServerRef where Server == SessionStore {
  func create(userID: String) async throws(CallError) -> String { try await call { .create(userID: userID, $0) } }
  func get(_ id: String) async throws(CallError) -> Result<Session, SessionStore.Failure> {
    try await call { .get(id, $0) }
  }
  @discardableResult func refresh(_ id: String) -> Delivery { cast(.refresh(id)) }
}
