import GenServerKit
import Testing

/// What happens between two steps of a timer.
@Suite("Timers that something comes between", .timeLimit(.minutes(1))) struct TimerRaceTests {
  private func run(_ body: (InterruptedTimeSource, Runtime) async throws -> Void) async throws {
    let time = InterruptedTimeSource()
    let runtime = Runtime(timeSource: time)
    try await withRuntime(runtime) { () async throws in try await body(time, runtime) }
    for pid in runtime.processes { pid.exit(.killed) }
  }

  @Test("the receiver ends before its timer is armed")
  func receiverEnds() async throws {
    try await run { time, _ in
      // Idle, so that its exit takes no timer of its own.
      let pid = try #require(try await Puppet.ready(.never).pid)
      time.interrupt {
        pid.exit(.killed)
        // On a thread of the library's.
        while pid.isAlive {}
      }
      let timer = pid.send("late", after: .seconds(1))
      #expect(time.armedCount == 0)
      #expect(timer.remaining == nil)
      #expect(timer.cancel() == nil)
    }
  }

  @Test("the runtime is shut down before a timer of its own is armed")
  func runtimeEnds() async throws {
    try await run { time, runtime in
      time.interrupt { runtime.endTimers() }
      let timer = spawn(after: .seconds(1)) { _ in }
      #expect(time.armedCount == 0)
      #expect(timer.remaining == nil)
    }
  }

  @Test("a repeated timer is cancelled before it is armed for the next time")
  func cancelledInBetween() async throws {
    try await run { time, _ in
      let received = PuppetJournal()
      let pid = spawn { process in
        while true {
          let text = try await process.receive(String.self)
          received.write(text)
          if text == "end" { return }
        }
      }
      let timer = pid.send("tick", every: .seconds(1))
      time.fireFirst()
      // One that still lay in the mailbox would be left out.
      await eventually { received.lines == ["tick"] }
      time.interrupt { timer.cancel() }
      time.fireFirst()
      #expect(time.armedCount == 0)
      pid.send("end")
      _ = await pid.waitForExit()
      #expect(received.lines == ["tick", "end"])
    }
  }
}
