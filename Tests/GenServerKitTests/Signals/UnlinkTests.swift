import GenServerTesting
import Testing

@testable import GenServerKit

@Suite("Unlinking", .timeLimit(.minutes(1))) struct UnlinkTests {
  @Test("no exit signal arrives over a link once unlink has returned and its message has been looked for")
  func flushed() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        var late = 0
        // The end of the other one is a single step, in the middle of which this thread comes: both threads spin, so that
        // chance finds each of its places now and then.
        for round in 1...20_000 {
          let server = try await Puppet.start(options: [.callsInPlace(.never)])
          let pid = try server.own()
          process.link(pid)
          process.monitor(pid)
          pid.exit(crash)
          while pid.isAlive {}
          for _ in 0..<(round % 20) where !pid.core.isClosed {}
          process.unlink(pid)
          let flushed = try await process.receive(Exit.self, timeout: .after(.zero))
          // Who watched after it was linked is told after the link is.
          #expect(try await process.receive(Down.self).pid == pid)
          if flushed == nil, try await process.receive(Exit.self, timeout: .after(.zero)) != nil { late += 1 }
        }
        #expect(late == 0)
      }
    }
  }
}
