import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "What is held, and given back by a monitor".

/// Lends each key to one process at a time, which gives it back at its end at the latest.
private struct Leases: GenServer {
  enum Failure: Error { case noProcess }
  typealias Answer = Result<Void, Failure>
  enum Call: Sendable { case acquire(String, ReplyTo<Answer>) }
  enum Cast: Sendable { case release(String, PID) }
  enum Info: Sendable { case down(Down) }

  private var held: [String: (holder: PID, monitor: Monitor)] = [:]
  private var waiting: [String: [ReplyTo<Answer>]] = [:]

  static func initialize(_: Void, context: Context) -> Initial { .ok(Leases()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .acquire(let key, let client):
      guard client.caller != nil else { return .fail(.noProcess, to: client) }
      waiting[key, default: []].append(client)
      if held[key] == nil { lend(key, context) }
      return .noReply
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .release(let key, let holder):
      // Only who holds it gives it back, and once.
      guard let lease = held[key], lease.holder == holder else { return .noReply }
      context.demonitor(lease.monitor)
      lend(key, context)
      return .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .down(let down):
      guard let key = held.first(where: { $0.value.monitor == down.monitor })?.key else { return .noReply }
      lend(key, context)
      return .noReply
    }
  }

  /// Gives the key to the first who still wants it.
  private mutating func lend(_ key: String, _ context: Context) {
    held[key] = nil
    var clients = waiting.removeValue(forKey: key) ?? []
    while !clients.isEmpty {
      let client = clients.removeFirst()
      // An answer that nobody took lends nothing.
      guard let holder = client.caller, client.reply(()) else { continue }
      held[key] = (holder, context.monitor(holder) { .down($0) })
      break
    }
    if !clients.isEmpty { waiting[key] = clients }
  }
}

extension ServerRef where Server == Leases {
  fileprivate func acquire(_ key: String) async throws {
    try await call(timeout: .infinity) { .acquire(key, $0) }.get()
  }

  fileprivate func release(_ key: String, by holder: PID) { cast(.release(key, holder)) }
}

@Suite("Recipe: What is held, and given back by a monitor") struct LeaseRecipeTests {
  @Test("the next one gets what is given back")
  func release() async throws {
    try await withTestRuntime { _ in
      let leases = try await Leases.start()
      try await withProcess { first in
        try await leases.acquire("printer")
        let second = await waiting(for: leases) { process in leases.release("printer", by: process.pid) }
        #expect(try await queue(leases) == 1)
        // Who does not hold it cannot give it back.
        leases.release("printer", by: second)
        #expect(try await queue(leases) == 1)
        leases.release("printer", by: first.pid)
        #expect(await second.waitForExit() == .normal)
        try await leases.acquire("printer")
      }
    }
  }

  @Test("the end of the holder gives it back")
  func crash() async throws {
    try await withTestRuntime { _ in
      let leases = try await Leases.start()
      let holds = Signal()
      let holder = spawn { process in
        try await leases.acquire("printer")
        holds.send()
        _ = try await process.receive()
      }
      await holds.wait()
      let next = await waiting(for: leases)
      #expect(try await queue(leases) == 1)
      holder.exit(.killed)
      #expect(await next.waitForExit() == .normal)
    }
  }

  @Test("who gave up is passed over")
  func gaveUp() async throws {
    try await withTestRuntime { _ in
      let leases = try await Leases.start()
      try await withProcess { first in
        try await leases.acquire("printer")
        let gone = await waiting(for: leases)
        #expect(try await queue(leases) == 1)
        let next = await waiting(for: leases)
        #expect(try await queue(leases) == 2)
        gone.exit(.killed)
        _ = await gone.waitForExit()
        leases.release("printer", by: first.pid)
        #expect(await next.waitForExit() == .normal)
      }
    }
  }

  @Test("a task that is no process gets none")
  func noProcess() async throws {
    try await withTestRuntime { _ in
      let leases = try await Leases.start()
      await #expect(throws: Leases.Failure.noProcess) { try await leases.acquire("printer") }
    }
  }

  /// A process that wants the printer, and whose request lies in the mailbox.
  private func waiting(
    for leases: Leases.Ref, then body: @escaping @Sendable (RawProcess) -> Void = { _ in }
  ) async -> PID {
    let hasAsked = Signal()
    let pid = spawn { process in
      let answer = leases.sendRequest { .acquire("printer", $0) }
      hasAsked.send()
      try await answer.value(timeout: .infinity).get()
      body(process)
    }
    await hasAsked.wait()
    return pid
  }

  private func queue(_ leases: Leases.Ref) async throws -> Int { try await Sys.state(of: leases) { $0.queue } }
}

extension Leases {
  fileprivate var queue: Int { waiting.values.reduce(0) { $0 + $1.count } }
}
