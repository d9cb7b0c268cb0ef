import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Graph of waiting processes", .timeLimit(.minutes(1))) struct WaitGraphTests {
  private func processes(_ count: Int) async throws -> [ProcessCore] {
    var processes: [ProcessCore] = []
    for _ in 0..<count {
      let core = try #require(try await Puppet.start().pid).core
      _ = core.makeActivation()
      processes.append(core)
    }
    return processes
  }

  private func wait(of caller: ProcessCore, for process: ProcessCore) -> Waiter {
    Waiter(on: process, caller: caller, waitsAsProcess: true)
  }

  @Test("The mark that would close a circle is refused, and names it")
  func circle() async throws {
    try await withTestRuntime { _ in
      let all = try await processes(3)
      let graph = WaitGraph()
      #expect(graph.mark(wait(of: all[0], for: all[1])) == nil)
      #expect(graph.mark(wait(of: all[1], for: all[2])) == nil)
      #expect(graph.mark(wait(of: all[2], for: all[0])) == [all[2], all[0], all[1]].map { PID($0) })
    }
  }

  @Test("A wait for an answer that was left to somebody else closes no circle, on either side")
  func left() async throws {
    try await withTestRuntime { _ in
      let all = try await processes(2)
      for isLastLeft in [false, true] {
        let graph = WaitGraph()
        let waiters = [wait(of: all[0], for: all[1]), wait(of: all[1], for: all[0])]
        waiters[isLastLeft ? 1 : 0].left()
        #expect(graph.mark(waiters[0]) == nil)
        #expect(graph.mark(waiters[1]) == nil)
        for waiter in waiters { graph.unmark(waiter) }
      }
    }
  }

  @Test("A mark that was taken back counts no longer")
  func unmarked() async throws {
    try await withTestRuntime { _ in
      let all = try await processes(2)
      let graph = WaitGraph()
      let waiter = wait(of: all[0], for: all[1])
      #expect(graph.mark(waiter) == nil)
      graph.unmark(waiter)
      #expect(graph.mark(wait(of: all[1], for: all[0])) == nil)
    }
  }
}
