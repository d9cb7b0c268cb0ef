import GenServerKit

/// Adds up numbers that come as calls, as casts and as plain messages, and tells `log` what it does.
///
/// This file is the same for the server made by hand in `HandmadeServer.swift` and, in the target `HandmadeServerOnLibrary`, for
/// the library: nothing in it knows which of them it runs on.
struct Example: GenServer {
  enum Request: Sendable {
    case light(Int, order: Int)
    case expensive(Int, order: Int)
  }
  enum Call: Sendable {
    case add(Request, ReplyTo<Int>)
    case state(ReplyTo<Int>)
  }
  enum Cast: Sendable { case add(Request) }
  enum Info: Sendable { case add(Request) }

  let log: PID
  var sum = 0

  static func initialize(_ log: PID, context: Context) -> Initial {
    log.send(context.pid)
    return .ok(Example(log: log))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .add(let request, let client):
      process(request)
      return .reply(sum, to: client)
    case .state(let client):
      return .reply(sum, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .add(let request): process(request)
    }
    return .noReply
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .add(let request): process(request)
    }
    return .noReply
  }

  func terminate(_ reason: ExitReason, context: Context) {
    log.send("TERMINATE: \(sum), \(reason)")
  }

  private mutating func process(_ request: Request) {
    switch request {
    case .light(let number, let order):
      sum += number
      log.send("PROCESS ORDER: \(order)")
    case .expensive(let number, let order):
      _ = (2..<1000).filter { number in !(2..<number).contains { number.isMultiple(of: $0) } }
      sum += number
      log.send("PROCESS ORDER: \(order)")
    }
  }
}

extension ServerRef where Server == Example {
  func add(_ request: Example.Request) async throws -> Int { try await call { .add(request, $0) } }
  func addLater(_ request: Example.Request) { cast(.add(request)) }
  func state() async throws -> Int { try await call { .state($0) } }
}

/// Uses the example in every way, hands each call with its result to `show`, and returns what came of it.
package func useExample(
  _ show: (String, Any) -> Void
) async throws -> (state: Int, lines: [String], isReasonKept: Bool) {
  try await withProcess { process async throws in
    let example = try await Example.start(process.pid)
    show("Example.start(process.pid)", example)
    let pid = try await process.receive(PID.self)
    show("process.monitor(pid)", process.monitor(pid))

    show("example.add(.expensive(1, order: 1))", try await example.add(.expensive(1, order: 1)))
    show("example.addLater(.expensive(2, order: 2))", example.addLater(.expensive(2, order: 2)))
    show("example.send(.add(.expensive(3, order: 3)))", example.send(.add(.expensive(3, order: 3))))
    show("example.send(.add(.light(4, order: 4)))", example.send(.add(.light(4, order: 4))))
    show("example.addLater(.light(5, order: 5))", example.addLater(.light(5, order: 5)))
    show("example.add(.light(6, order: 6))", try await example.add(.light(6, order: 6)))
    let state = try await example.state()
    show("example.state()", state)

    let enough = ExitReason.shutdownBecause("enough")
    show(#"example.stop(.shutdownBecause("enough"))"#, try await example.stop(enough))
    let down = try await process.receive(Down.self)
    show("process.receive(Down.self).reason", down.reason)
    var lines: [String] = []
    while let line = try await process.receive(String.self, timeout: .milliseconds(0)) { lines.append(line) }
    show("process.receive(String.self), as long as there is one", lines)
    return (state, lines, down.pid == pid && down.reason == enough)
  }
}
