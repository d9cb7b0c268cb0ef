public import GenServerKit

// A server that conforms where it is declared belongs to no actor, whatever the module's default is.
public struct Thermostat: GenServer {
  public enum Call: Sendable { case temperature(ReplyTo<Int>) }
  public enum Cast: Sendable { case heat }

  var temperature = 18

  public static func initialize(_: Void, context: Context) -> Initial { .ok(Thermostat()) }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .temperature(let client): .reply(temperature, to: client)
    }
  }

  public mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    temperature += 1
    return .noReply
  }
}

// Its client would belong to the main actor, so it says otherwise.
nonisolated extension ServerRef where Server == Thermostat {
  public func heat() { cast(.heat) }

  nonisolated(nonsending) public func temperature() async throws(CallError) -> Int {
    try await call { .temperature($0) }
  }
}

public final class ThermostatModel {
  public private(set) var temperature = 0
  private let thermostat: ServerRef<Thermostat>

  public init(_ thermostat: ServerRef<Thermostat>) { self.thermostat = thermostat }

  public func update() async throws { temperature = try await thermostat.temperature() }
}
