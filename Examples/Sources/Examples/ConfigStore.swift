import GenServerKit

/// Configuration that is loaded when the server starts, and again from time to time and when asked.
public struct ConfigStore: GenServer {
  public typealias Values = [String: String]

  public struct Settings: Sendable {
    public var refreshEvery: Duration
    public var load: @Sendable () async throws -> Values

    public init(refreshEvery: Duration, load: @escaping @Sendable () async throws -> Values) {
      self.refreshEvery = refreshEvery
      self.load = load
    }
  }

  public enum Call: Sendable {
    case value(String, ReplyTo<String?>)
    case reload(ReplyTo<Result<Values, any Error>>)
  }

  public enum Info: Sendable { case refresh }

  public enum Continue {
    case firstLoad
    case reload(ReplyTo<Result<Values, any Error>>?)
  }

  private let settings: Settings
  private var values: Values = [:]

  private init(settings: Settings) {
    self.settings = settings
  }

  public static func initialize(_ settings: Settings, context: Context) -> Initial {
    context.send(.refresh, every: settings.refreshEvery)
    // The start need not wait for the loader; requests do, as the step comes before anything in the mailbox.
    return .ok(ConfigStore(settings: settings), then: .continue(.firstLoad))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .value(let key, let client): .reply(values[key], to: client)
    case .reload(let client): .noReply(then: .continue(.reload(client)))
    }
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .refresh: .noReply(then: .continue(.reload(nil)))
    }
  }

  public mutating func handleContinue(_ step: Continue, context: Context) async throws -> Next {
    switch step {
    case .firstLoad:
      // Without any values there is nothing to go on with, so a failure here ends the server.
      values = try await settings.load()
    case .reload(let client):
      do {
        values = try await settings.load()
        client?.reply(.success(values))
      } catch {
        context.logger.warning("kept the old configuration", metadata: ["error": "\(error)"])
        client?.reply(.failure(error))
      }
    }
    return .noReply
  }
}

extension ServerRef where Server == ConfigStore {
  public func value(_ key: String) async throws(CallError) -> String? {
    try await call { .value(key, $0) }
  }

  /// Returns the new values; throws what the loader threw, and the old ones stay.
  @discardableResult
  public func reload() async throws -> ConfigStore.Values {
    try await call { .reload($0) }.get()
  }
}
