import Examples
import GenServerKit
import GenServerTesting
import Synchronization
import Testing

@Suite struct MetricsTests {
  @Test func measurementsAddUp() async throws {
    try await withTestRuntime { test in
      let exports = Exports()
      let metrics = try await Metrics.startBounded(.init(interval: .seconds(60), export: { exports.append($0) }))
      for value in [3.0, 1, 2] { metrics.record(value, as: "latency") }
      #expect(try await metrics.summaries()["latency"]?.mean == 2)
      await test.clock.advance(by: .seconds(60))
      #expect(exports.all.map { $0["latency"]?.count } == [3])
      #expect(try await metrics.summaries() == [:])
    }
  }

  @Test func aFloodIsDropped() async throws {
    try await withTestRuntime { _ in
      let gate = try await Gate.start()
      let exports = Exports()
      let metrics = try await Metrics.startBounded(
        .init(
          interval: .seconds(60),
          export: {
            try? await gate.pass()
            exports.append($0)
          }), limit: 2)
      metrics.send(.export)
      try await gate.arrivals(1)
      #expect((1...3).map { metrics.record(Double($0), as: "latency") } == [true, true, false])
      await #expect(throws: CallError.overloaded()) { try await metrics.summaries() }
      gate.open()
      try await metrics.stop()
      #expect(exports.all.map { $0["latency"]?.count } == [nil, 2])
    }
  }
}

final class Exports: Sendable {
  private let exports = Mutex<[[String: Metrics.Summary]]>([])

  var all: [[String: Metrics.Summary]] { exports.withLock { $0 } }

  func append(_ export: [String: Metrics.Summary]) {
    exports.withLock { $0.append(export) }
  }
}
