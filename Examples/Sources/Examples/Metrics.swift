import GenServerKit

/// Adds up measurements; under a flood it lets go of some rather than hold up those who measure.
public struct Metrics: GenServer {
  public struct Summary: Equatable, Sendable {
    public var count = 0
    public var sum = 0.0
    public var minimum = Double.infinity
    public var maximum = -Double.infinity

    public var mean: Double { count == 0 ? 0 : sum / Double(count) }

    mutating func add(_ value: Double) {
      count += 1
      sum += value
      minimum = min(minimum, value)
      maximum = max(maximum, value)
    }
  }

  public typealias Export = @Sendable ([String: Summary]) async -> Void

  public struct Settings: Sendable {
    public var interval: Duration
    public var export: Export

    public init(interval: Duration, export: @escaping Export) {
      self.interval = interval
      self.export = export
    }
  }

  public enum Call: Sendable { case summaries(ReplyTo<[String: Summary]>) }

  public enum Cast: Sendable { case record(String, Double) }

  public enum Info: Sendable { case export }

  private let export: Export
  private var summaries: [String: Summary] = [:]

  private init(export: @escaping Export) {
    self.export = export
  }

  public static func initialize(_ settings: Settings, context: Context) -> Initial {
    context.send(.export, every: settings.interval)
    return .ok(Metrics(export: settings.export))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .summaries(let client): .reply(summaries, to: client)
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .record(let name, let value): summaries[name, default: Summary()].add(value)
    }
    return .noReply
  }

  public mutating func handleInfo(_ info: Info, context: Context) async -> Next {
    switch info {
    case .export:
      // While the export goes on, what is measured waits in the mailbox, up to its bound.
      await export(summaries)
      summaries = [:]
    }
    return .noReply
  }

  public mutating func terminate(_ reason: ExitReason, context: Context) async {
    await export(summaries)
  }
}

extension Metrics {
  /// Starts with the bound that this server is made for.
  public static func startBounded(
    _ settings: Settings, limit: Int = 1000, name: ProcessName<Metrics>? = nil
  ) async throws(StartError) -> Ref {
    try await start(settings, name: name, options: [.mailbox(limit: limit, whenFull: .dropNewest)])
  }
}

extension ServerRef where Server == Metrics {
  /// Returns whether the measurement was taken.
  @discardableResult
  public func record(_ value: Double, as name: String) -> Bool {
    cast(.record(name, value)) == .enqueued
  }

  /// Throws `CallError.overloaded` when the mailbox is full.
  public func summaries() async throws(CallError) -> [String: Metrics.Summary] {
    try await call { .summaries($0) }
  }
}
