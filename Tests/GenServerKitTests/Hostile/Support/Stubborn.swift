import GenServerKit
import Testing

/// Servers whose handler stands at a gate and does not care when it is told to exit.
struct PlainStubborn: GenServer {
  enum Cast: Sendable { case stand(Gate) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(PlainStubborn()) }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .stand(let gate): gate.block()
    }
    return .noReply
  }
}

struct AsyncStubborn: GenServer {
  enum Cast: Sendable { case stand(Gate) }

  static func initialize(_: Void, context: Context) async -> Initial { .ok(AsyncStubborn()) }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    switch cast {
    // In a task that nobody cancels.
    case .stand(let gate): try await Task { try await gate.pass() }.value
    }
    return .noReply
  }
}

extension Setup {
  /// Starts one that goes to the gate.
  func startStubborn(_ gate: Gate) async throws -> PID {
    if form == .plain {
      let server = try await PlainStubborn.start(name: "stubborn", options: [.callsInPlace(lending)])
      server.cast(.stand(gate))
      return try #require(server.pid)
    }
    let server = try await AsyncStubborn.start(name: "stubborn", options: [.callsInPlace(lending)])
    server.cast(.stand(gate))
    return try #require(server.pid)
  }
}
