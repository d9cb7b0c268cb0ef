import Testing

@testable import GenServerKit

private struct ErrorDesk: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

private struct DeskError: Error, Equatable {
  let text: String
}

@Suite("Call error") struct CallErrorTests {
  private static func all(_ details: CallDetails = .unknown) -> [CallError] {
    [
      .timeout(details), .noProcess(details), .exit(.normal, details), .exit(.failure(DeskError(text: "a")), details),
      .exit(.failure(DeskError(text: "b")), details), .callingSelf(details), .deadlock([], details),
      .overloaded(details), .replyDropped(details), .cancelled(details),
      .wrongServer(expected: "A", found: "B", details), .wrongServer(expected: "A", found: "C", details),
      .wrongServer(expected: "C", found: "B", details), .noConnection(details),
    ]
  }

  private static let details = CallDetails(
    caller: nil, server: CalledServer("Stack <0.3.0>"), request: .text("pop"), timeout: .seconds(5),
    site: CallSite("buy()", "Shop/Till.swift", 42))

  @Test("Equality compares what went wrong and leaves the details out")
  func equality() {
    for (index, error) in Self.all().enumerated() {
      for (other, otherError) in Self.all(Self.details).enumerated() {
        #expect((error == otherError) == (index == other), "\(error) and \(otherError)")
      }
    }
  }

  @Test("Circles are compared by their processes")
  func circles() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let a = try #require(try await ErrorDesk.start().pid)
      let b = try #require(try await ErrorDesk.start().pid)
      #expect(CallError.deadlock([a, b]) == .deadlock([a, b], Self.details))
      #expect(CallError.deadlock([a, b]) != .deadlock([b, a]))
      #expect(CallError.deadlock([a]) != .deadlock([a, b]))
      for pid in [a, b] { pid.exit(.killed) }
    }
  }

  @Test("Errors without details have none")
  func unknownDetails() {
    for error in Self.all() {
      #expect(error.details.caller == nil)
      #expect(error.details.server.isEmpty)
      #expect(error.details.request.isEmpty)
      #expect(error.details.function.isEmpty)
      #expect(error.details.fileID.isEmpty)
      #expect(error.details.line == 0)
      #expect(error.description.hasPrefix("** (EXIT) "))
      #expect(!error.description.contains("exited in"))
    }
  }

  @Test("Details say who called whom with what, from where")
  func details() {
    for error in Self.all().map({ $0.with(Self.details) }) {
      #expect(error.details.server == "Stack <0.3.0>")
      #expect(error.details.request == "pop")
      #expect(error.details.function == "buy()")
      #expect(error.details.fileID == "Shop/Till.swift")
      #expect(error.details.line == 42)
      let text = error.description
      #expect(text.hasPrefix("exited in: Stack <0.3.0>.call(pop, 5.0 seconds)\n"))
      #expect(text.contains("by a task that is no process, in buy() at Shop/Till.swift:42"))
      #expect(text.contains("\n    ** (EXIT) "))
    }
  }

  @Test("New details change nothing but the details")
  func withDetails() {
    #expect(Self.all().map { $0.with(Self.details) } == Self.all())
  }

  @Test("A caller that is a process is named with type and pid")
  func caller() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let desk = try await ErrorDesk.start(name: "front")
      let pid = try #require(desk.pid)
      let details = CallDetails(
        caller: pid.core, server: CalledServer("Stack"), verb: "stop", request: .text("shutdown"),
        site: CallSite("f()", "F", 1))
      let error = CallError.noProcess(details)
      #expect(error.details.caller == pid)
      #expect(error.description.contains("exited in: Stack.stop(shutdown)\n"))
      #expect(error.description.contains("by ErrorDesk \"front\" \(pid), in f() at F:1"))
      pid.exit(.killed)
    }
  }

  @Test("Each text tells the cause")
  func causes() async throws {
    let words: [(CallError, String)] = [
      (.timeout(), "timeout: no answer came in time"), (.noProcess(), "no process: the process is not alive"),
      (.exit(.failure(DeskError(text: "broken"))), "DeskError(text: \"broken\")"), (.callingSelf(), "calling itself"),
      (.overloaded(), "the mailbox is full"), (.replyDropped(), "dropped without an answer"),
      (.cancelled(), "the task that called was cancelled, or the request was given up"),
      (.wrongServer(expected: "Stack", found: "Queue"), "held by a Queue, and the call is for a Stack"),
      (.noConnection(), "cannot be reached"),
    ]
    for (error, text) in words { #expect(error.description.contains(text), "\(error)") }
    try await withRuntime(Runtime()) { () async throws in
      let a = try #require(try await ErrorDesk.start().pid)
      let b = try #require(try await ErrorDesk.start().pid)
      #expect(CallError.deadlock([a, b]).description.contains("ErrorDesk \(a) → ErrorDesk \(b) → ErrorDesk \(a)"))
      for pid in [a, b] { pid.exit(.killed) }
    }
  }

  @Test("The exit reason is there when the server ended, or was not there")
  func exitReason() {
    #expect(CallError.exit(.failure(DeskError(text: "a"))).exitReason == .failure(DeskError(text: "a")))
    #expect(CallError.exit(.normal).exitReason == .normal)
    #expect(CallError.noProcess().exitReason == .noProcess)
    #expect(CallError.noConnection().exitReason == .noConnection)
    let others: [CallError] = [.timeout(), .callingSelf(), .deadlock([]), .overloaded(), .replyDropped(), .cancelled()]
    for error in others { #expect(error.exitReason == nil) }
  }
}
