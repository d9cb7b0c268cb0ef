import GenServerKit

/// Lends out at most `limit` connections, opens them when they are needed, and lets clients wait in line.
public struct ConnectionPool<Connection: Sendable>: GenServer {
  public struct Settings: Sendable {
    public var limit: Int
    public var open: @Sendable () async throws -> Connection
    public var close: @Sendable (Connection) async -> Void

    public init(
      limit: Int, open: @escaping @Sendable () async throws -> Connection,
      close: @escaping @Sendable (Connection) async -> Void = { _ in }
    ) {
      self.limit = limit
      self.open = open
      self.close = close
    }
  }

  public typealias Answer = Result<Connection, any Error>

  public struct Status: Equatable, Sendable {
    public var idle: Int
    public var lent: Int
    public var opening: Int
    public var waiting: Int
  }

  public enum Call: Sendable {
    case checkout(ReplyTo<Answer>)
    case status(ReplyTo<Status>)
  }

  public enum Cast: Sendable { case checkin(Connection, broken: Bool) }

  public enum Info: Sendable { case opened(Answer) }

  private let settings: Settings
  private var idle: [Connection] = []
  private var lent = 0
  private var opening = 0
  private var waiting: [ReplyTo<Answer>] = []

  private init(settings: Settings) {
    self.settings = settings
  }

  public static func initialize(_ settings: Settings, context: Context) -> Initial {
    .ok(ConnectionPool(settings: settings))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .checkout(let client):
      // Who gave up is only noticed here: nothing tells the server when a caller stops waiting.
      waiting.removeAll { !$0.isWaiting }
      waiting.append(client)
      serve(context)
      return .noReply
    case .status(let client):
      let stillWaiting = waiting.count(where: \.isWaiting)
      return .reply(Status(idle: idle.count, lent: lent, opening: opening, waiting: stillWaiting), to: client)
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .checkin(let connection, let broken):
      lent -= 1
      if broken {
        let close = settings.close
        // Not `context.task`: what is broken is closed also when the pool ends.
        Task { await close(connection) }
      } else {
        idle.append(connection)
      }
      serve(context)
      return .noReply
    }
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .opened(let result):
      opening -= 1
      switch result {
      case .success(let connection): idle.append(connection)
      case .failure:
        // One failure costs one client its turn; the others may have better luck.
        while !waiting.isEmpty, !waiting.removeFirst().reply(result) {}
      }
      serve(context)
      return .noReply
    }
  }

  public mutating func terminate(_ reason: ExitReason, context: Context) async {
    for connection in idle { await settings.close(connection) }
  }

  private mutating func serve(_ context: Context) {
    while !waiting.isEmpty, let connection = idle.last {
      // Not `.reply(connection, to: client)`: only the handle tells whether somebody took the connection.
      guard waiting.removeFirst().reply(.success(connection)) else { continue }
      idle.removeLast()
      lent += 1
    }
    while opening < waiting.count, lent + opening + idle.count < settings.limit {
      opening += 1
      let (settings, me) = (settings, context.me)
      // In a task, as a handler that awaits would keep others from giving their connections back.
      context.task {
        do {
          let connection = try await settings.open()
          // The pool may have stopped meanwhile.
          if me.send(.opened(.success(connection))) == .noProcess { await settings.close(connection) }
        } catch {
          me.send(.opened(.failure(error)))
        }
      }
    }
  }
}

extension ServerRef {
  public func checkout<Connection>() async throws -> Connection where Server == ConnectionPool<Connection> {
    try await call { .checkout($0) }.get()
  }

  public func checkin<Connection>(_ connection: Connection, broken: Bool = false)
  where Server == ConnectionPool<Connection> {
    cast(.checkin(connection, broken: broken))
  }

  /// Lends a connection to `body`; one with which `body` failed is not used again.
  public func withConnection<Connection, Value>(_ body: (Connection) async throws -> Value) async throws -> Value
  where Server == ConnectionPool<Connection> {
    let connection = try await checkout()
    do {
      let value = try await body(connection)
      checkin(connection)
      return value
    } catch {
      checkin(connection, broken: true)
      throw error
    }
  }

  public func status<Connection>() async throws(CallError) -> ConnectionPool<Connection>.Status
  where Server == ConnectionPool<Connection> {
    try await call { .status($0) }
  }
}
