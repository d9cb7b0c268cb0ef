import GenServerKit

/// Opens at once, when somebody lets it, or not at all.
struct Shop: GenServer {
  enum Opening: Sendable {
    case atOnce
    case when(ServerRef<Gate>)
    case never(ExitReason)
  }
  enum Cast: Sendable { case close(ExitReason) }

  static func initialize(_ opening: Opening, context: Context) async throws -> Initial {
    switch opening {
    case .atOnce: break
    case .when(let gate): try await gate.pass()
    case .never(let reason): return .stop(reason)
    }
    return .ok(Shop())
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .close(let reason): .stop(reason)
    }
  }
}

extension ServerRef where Server == Shop {
  @discardableResult func close(_ reason: ExitReason) -> Delivery { cast(.close(reason)) }
}
