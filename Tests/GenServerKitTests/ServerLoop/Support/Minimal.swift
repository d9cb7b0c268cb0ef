import GenServerKit

/// Servers without a `terminate`.
protocol Minimal: GenServer where Argument == Void, Call == MinimalCall, Cast == MinimalCast {}

enum MinimalCall: Sendable { case stop(ExitReason, ReplyTo<Int>) }

enum MinimalCast: Sendable { case fail(ProbeError) }

struct PlainMinimal: Minimal {
  static func initialize(_: Void, context: Context) -> Initial { .ok(PlainMinimal()) }

  mutating func handleCall(_ call: MinimalCall, context: Context) -> Next {
    switch call {
    case .stop(let reason, let client): .stop(reason, replying: 42, to: client)
    }
  }

  mutating func handleCast(_ cast: MinimalCast, context: Context) throws -> Next {
    switch cast {
    case .fail(let error): throw error
    }
  }
}

struct AsyncMinimal: Minimal {
  static func initialize(_: Void, context: Context) async -> Initial { .ok(AsyncMinimal()) }

  mutating func handleCall(_ call: MinimalCall, context: Context) async -> Next {
    await Task.yield()
    switch call {
    case .stop(let reason, let client): return .stop(reason, replying: 42, to: client)
    }
  }

  mutating func handleCast(_ cast: MinimalCast, context: Context) async throws -> Next {
    switch cast {
    case .fail(let error): throw error
    }
  }
}
