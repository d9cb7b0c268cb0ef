import GenServerKit
import Testing

private struct StartDesk: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

@Suite("Start error") struct StartErrorTests {
  @Test("Each text tells why the process did not start")
  func text() async throws {
    #expect(StartError.ignored.description.contains("ignore"))
    #expect(StartError.timeout.description.contains("longer than the start's timeout"))
    #expect(StartError.failed(.shutdown).description == "initialize failed: shutdown")
    #expect(StartError.invalidOption("use 1").description == "invalid option: use 1")
    #expect(StartError.cancelled.description.contains("was cancelled"))
    #expect(StartError.notOnThisNode("shop@there").description.contains("shop@there"))
    try await withRuntime(Runtime()) { () async throws in
      let desk = try await StartDesk.start(name: "front")
      let pid = try #require(desk.pid)
      #expect(StartError.alreadyStarted(pid).description.contains("StartDesk \"front\" \(pid)"))
      pid.exit(.killed)
    }
  }

  @Test("Errors are equal when their payloads are")
  func equality() {
    #expect(StartError.failed(.failure(CallError.timeout())) == .failed(.failure(CallError.timeout())))
    #expect(StartError.failed(.normal) != .failed(.shutdown))
    #expect(StartError.ignored != .timeout)
  }
}

@Suite("Start options") struct StartOptionTests {
  @Test(
    "An option that makes no sense fails the start and says which one",
    arguments: [
      (StartOption.mailbox(limit: 0), "limit: 0"), (.mailbox(limit: -3, whenFull: .wait), "limit: -3"),
      (.mailbox(highWaterMark: 0), "highWaterMark: 0"), (.mailbox(highWaterMark: -1), "highWaterMark: -1"),
    ])
  func invalid(option: StartOption, text: String) async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      do throws(StartError) {
        _ = try await StartDesk.start(name: "desk", options: [option])
        Issue.record("The server has started.")
      } catch {
        guard case .invalidOption(let explanation) = error else {
          Issue.record("Another error: \(error)")
          return
        }
        #expect(explanation.contains(text))
      }
      #expect(StartDesk.whereis("desk") == nil)
      #expect(runtime.processes.isEmpty)
    }
  }

  @Test("An empty name is refused")
  func emptyName() async throws {
    let runtime = Runtime()
    try await withRuntime(runtime) { () async throws in
      do throws(StartError) {
        _ = try await StartDesk.start(name: "")
        Issue.record("The server has started.")
      } catch {
        guard case .invalidOption(let explanation) = error else {
          Issue.record("Another error: \(error)")
          return
        }
        #expect(explanation.contains("name"))
      }
      #expect(runtime.processes.isEmpty)
    }
  }

  @Test("Of two options of one kind the later one counts")
  func laterCounts() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let lends = try await StartDesk.start(options: [.callsInPlace(.never), .callsInPlace(.always)])
      let lendsNot = try await StartDesk.start(options: [.callsInPlace(.always), .callsInPlace(.never)])
      #expect(lends.pid?.core.lends == true)
      #expect(lendsNot.pid?.core.lends == false)
      for pid in [lends.pid, lendsNot.pid] { pid?.exit(.killed) }
    }
  }

  @Test("Marks and limits beyond any mailbox are taken")
  func huge() async throws {
    try await withRuntime(Runtime()) { () async throws in
      let desk = try await StartDesk.start(options: [.mailbox(highWaterMark: .max), .mailbox(limit: .max)])
      #expect(desk.isAlive)
      try await desk.stop()
    }
  }
}
