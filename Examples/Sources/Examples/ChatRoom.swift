import GenServerKit

/// A room in which members hear what the others say; it closes when it was empty for `closesAfter`.
public struct ChatRoom: GenServer {
  public enum Event: Equatable, Sendable {
    case joined(String)
    case said(String, by: String)
    case left(String)
  }

  public enum Failure: Error, Equatable {
    case nameIsTaken
    case notAMember
  }

  public enum Call: Sendable {
    case join(String, ChatMember.Ref, ReplyTo<Result<[Event], Failure>>)
    case say(String, by: String, ReplyTo<Result<Void, Failure>>)
    case members(ReplyTo<[String]>)
  }

  public enum Cast: Sendable { case leave(String, ChatMember.Ref) }

  public enum Info: Sendable {
    case empty
    case memberEnded(String, ChatMember.Ref)
  }

  private let closesAfter: Duration
  private let historyLimit = 20
  private var members: [String: ChatMember.Ref] = [:]
  private var history: [Event] = []

  private init(closesAfter: Duration) {
    self.closesAfter = closesAfter
  }

  public static func initialize(_ closesAfter: Duration, context: Context) -> Initial {
    .ok(ChatRoom(closesAfter: closesAfter), then: .timeout(.after(closesAfter), .empty))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .join(let name, let member, let client):
      guard members[name] == nil else { return .fail(.nameIsTaken, to: client, then: idle) }
      members[name] = member
      let earlier = history
      context.monitor(member) { _ in .memberEnded(name, member) }
      tellAll(.joined(name))
      return .reply(earlier, to: client)
    case .say(let text, let name, let client):
      guard members[name] != nil else { return .fail(.notAMember, to: client, then: idle) }
      tellAll(.said(text, by: name))
      return .reply(to: client)
    case .members(let client):
      return .reply(members.keys.sorted(), to: client, then: idle)
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .leave(let name, let member): remove(member, called: name)
    }
    return .noReply(then: idle)
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .empty:
      return .stop(.normal)
    case .memberEnded(let name, let member):
      remove(member, called: name)
      return .noReply(then: idle)
    }
  }

  private mutating func remove(_ member: ChatMember.Ref, called name: String) {
    // Somebody else may have the name by now.
    guard members[name] == member else { return }
    members[name] = nil
    tellAll(.left(name))
  }

  /// An idle timeout holds until the next message only, so each step asks for it anew.
  private var idle: ServerAction<ChatRoom>? {
    members.isEmpty ? .timeout(.after(closesAfter), .empty) : nil
  }

  private mutating func tellAll(_ event: Event) {
    history.append(event)
    if history.count > historyLimit { history.removeFirst() }
    for member in members.values { member.cast(.hear(event)) }
  }
}

/// Keeps what a member has heard until somebody reads it.
public struct ChatMember: GenServer {
  public enum Call: Sendable { case next(ReplyTo<ChatRoom.Event>) }
  public enum Cast: Sendable { case hear(ChatRoom.Event) }

  private var unread: [ChatRoom.Event] = []
  private var readers: [ReplyTo<ChatRoom.Event>] = []

  public static func initialize(_: Void, context: Context) -> Initial {
    .ok(ChatMember())
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .next(let client):
      readers.append(client)
      deliver()
      return .noReply
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .hear(let event):
      unread.append(event)
      deliver()
      return .noReply
    }
  }

  private mutating func deliver() {
    while !readers.isEmpty, let event = unread.first {
      // A reader that gave up must not swallow an event.
      if readers.removeFirst().reply(event) { unread.removeFirst() }
    }
  }
}

extension ServerRef where Server == ChatRoom {
  /// Returns what was said before.
  @discardableResult
  public func join(_ name: String, as member: ChatMember.Ref) async throws -> [ChatRoom.Event] {
    try await call { .join(name, member, $0) }.get()
  }

  public func say(_ text: String, by name: String) async throws {
    try await call { .say(text, by: name, $0) }.get()
  }

  public func leave(_ name: String, as member: ChatMember.Ref) {
    cast(.leave(name, member))
  }

  public func members() async throws(CallError) -> [String] {
    try await call { .members($0) }
  }
}

extension ServerRef where Server == ChatMember {
  /// The next event, however long it takes.
  public func next() async throws(CallError) -> ChatRoom.Event {
    try await call(timeout: .infinity) { .next($0) }
  }
}
