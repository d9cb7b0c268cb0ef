import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("What is logged of an end", .timeLimit(.minutes(2)))
struct ReportTests {
  @Test(
    "GS-058: a clean end is not logged", arguments: Setup.all,
    [.normal, .shutdown, .shutdownBecause("moving")] as [ExitReason])
  func clean(setup: Setup, reason: ExitReason) async throws {
    try await withTestRuntime { test in
      let stopping = try await setup.start(name: "stopping")
      stopping.cast(.stop(reason))
      #expect(await stopping.pid.waitForExit() == reason)
      let called = try await setup.start(name: "called")
      await #expect(throws: CallError.exit(reason)) { try await called.call { .stop(reason, $0) } }
      let exited = try await setup.start(name: "exited")
      exited.pid.exit(reason)
      if reason == .normal { try await exited.stop() }
      #expect(await exited.pid.waitForExit() == reason)
      #expect(test.logs.errors.isEmpty)
    }
  }

  // One entry is both, the server's error and the crash report of the process.
  @Test("GS-059: an abnormal end is one entry with server, last message, state and reason", arguments: Setup.all)
  func abnormal(setup: Setup) async throws {
    try await withTestRuntime { test in
      let probe = try await setup.start()
      let _: [String] = try await probe.call { .note("in the state", $0) }
      let error = ProbeError("broken")
      await #expect(throws: CallError.exit(.failure(error))) { try await probe.call { .fail(error, $0) } }
      #expect(await probe.pid.waitForExit() == .failure(error))
      let entries = test.logs.errors
      try #require(entries.count == 1)
      #expect(entries[0].message.contains("\(probe.pid)"))
      #expect(entries[0].metadata["pid"] == "\(probe.pid)")
      let name = entries[0].metadata["name"]?.description
      #expect(name?.contains("probe") ?? (setup.address == .pid))
      #expect(entries[0].metadata["reason"] == "\(ExitReason.failure(error))")
      #expect(entries[0].metadata["message"]?.description.contains("fail(") == true)
      #expect(entries[0].metadata["state"]?.description.contains("in the state") == true)
    }
  }
}
