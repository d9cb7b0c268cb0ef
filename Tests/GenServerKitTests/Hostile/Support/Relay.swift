import GenServerKit

/// A server that calls others along a route, from async handlers: plain ones cannot call.
struct Relay: GenServer {
  typealias Outcome = Result<Int, CallError>

  struct Plan: Sendable {
    var suspends = false
    /// Whom `initialize` calls.
    var parent: ServerRef<Relay>?
  }

  enum Call: Sendable { case go(Route, ReplyTo<Outcome>) }
  enum Cast: Sendable { case go(Route, Shelf<Outcome>) }

  let suspends: Bool

  static func initialize(_ plan: Plan, context: Context) async throws -> Initial {
    if let parent = plan.parent { _ = try await parent.go(Route([])).get() }
    return .ok(Relay(suspends: plan.suspends))
  }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    if suspends { await Task.yield() }
    switch call {
    case .go(let route, let client):
      if route.steps.isEmpty { return await arrive(route, client, context) }
      return .reply(await Self.follow(route), to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async throws -> Next {
    if suspends { await Task.yield() }
    switch cast {
    case .go(let route, let shelf):
      try await route.gate?.pass()
      shelf.put(await Self.follow(route))
      return .noReply
    }
  }

  private static func follow(_ route: Route) async -> Outcome {
    guard let next = route.steps.first else { return .success(42) }
    do throws(CallError) {
      return try await next.call(timeout: route.timeout, detectsDeadlock: route.detectsDeadlock) {
        .go(route.rest, $0)
      }
    } catch {
      return .failure(error)
    }
  }

  private func arrive(_ route: Route, _ client: ReplyTo<Outcome>, _ context: Context) async -> Next {
    switch route.arrival {
    case .answer:
      return .reply(.success(42), to: client)
    case .handOver(let shelf):
      shelf.put(client)
      return .noReply
    case .handOverAndGo(let shelf, let next, let outcome):
      shelf.put(client)
      outcome.put(await Self.follow(next))
      return .noReply
    case .stop(let server):
      do throws(CallError) {
        try await server.stop()
        return .reply(.success(42), to: client)
      } catch {
        return .reply(.failure(error), to: client)
      }
    case .start:
      do throws(StartError) {
        _ = try await Relay.start(Plan(suspends: suspends, parent: context.me))
        return .reply(.success(42), to: client)
      } catch {
        guard case .failed(.failure(let error as CallError)) = error else { return .reply(.success(0), to: client) }
        return .reply(.failure(error), to: client)
      }
    case .callYourselfInChildTask:
      let me = context.me
      async let outcome = Self.follow(Route([me], timeout: route.timeout))
      return .reply(await outcome, to: client)
    }
  }
}

/// Whom a relay calls, one after the other, and what the last one does.
struct Route: Sendable {
  indirect enum Arrival: Sendable {
    case answer
    /// Puts the handle on the shelf.
    case handOver(Shelf<ReplyTo<Relay.Outcome>>)
    /// The same, and then follows another route before it returns.
    case handOverAndGo(Shelf<ReplyTo<Relay.Outcome>>, Route, Shelf<Relay.Outcome>)
    case stop(ServerRef<Relay>)
    /// Starts a relay that calls back while it starts.
    case start
    case callYourselfInChildTask
  }

  var steps: [ServerRef<Relay>]
  var arrival: Arrival
  /// Of each call on the way.
  var timeout: Timeout
  var detectsDeadlock: Bool
  /// Where the first one waits.
  var gate: Gate?

  init(
    _ steps: [ServerRef<Relay>], arrival: Arrival = .answer, timeout: Timeout = .infinity,
    detectsDeadlock: Bool = true, gate: Gate? = nil
  ) {
    self.steps = steps
    self.arrival = arrival
    self.timeout = timeout
    self.detectsDeadlock = detectsDeadlock
    self.gate = gate
  }

  var rest: Route {
    var rest = self
    rest.steps.removeFirst()
    return rest
  }
}

extension ServerRef where Server == Relay {
  func go(_ route: Route) async throws(CallError) -> Relay.Outcome {
    try await call(timeout: .infinity) { .go(route, $0) }
  }
}

extension Setup {
  /// For servers that call others.
  static let whereHandlersCall = all.filter { $0.form != .plain }

  func startRelay(_ name: String) async throws -> ServerRef<Relay> {
    let name: ProcessName<Relay> = address.name(name)
    let relay = try await Relay.start(
      Relay.Plan(suspends: form == .suspending), name: name, options: [.callsInPlace(lending)])
    return address == .pid ? relay : Relay.named(name)
  }

  func startRelays(_ count: Int) async throws -> [ServerRef<Relay>] {
    var relays: [ServerRef<Relay>] = []
    for number in 1...count { relays.append(try await startRelay("relay \(number)")) }
    return relays
  }
}
