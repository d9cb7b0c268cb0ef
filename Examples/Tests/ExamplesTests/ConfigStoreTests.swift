import Examples
import GenServerKit
import GenServerTesting
import Testing

@Suite struct ConfigStoreTests {
  struct FileIsGone: Error, Equatable {}

  @Test func requestsWaitForTheFirstLoad() async throws {
    try await withTestRuntime { test in
      let gate = try await Gate.start()
      let store = try await ConfigStore.start(
        .init(
          refreshEvery: .seconds(60),
          load: {
            try await gate.pass()
            return ["color": "green"]
          }))
      let color = store.sendRequest { .value("color", $0) }
      try await gate.arrivals(1)
      gate.open()
      #expect(try await color.value() == "green")
    }
  }

  @Test func itLoadsAgain() async throws {
    try await withTestRuntime { test in
      let numbers = Numbers()
      let store = try await ConfigStore.start(
        .init(refreshEvery: .seconds(60), load: { ["version": "\(numbers.next())"] }))
      #expect(try await store.value("version") == "1")
      await test.clock.advance(by: .seconds(60))
      #expect(try await store.value("version") == "2")
      #expect(try await store.reload() == ["version": "3"])
    }
  }

  @Test func theOldValuesStayWhenTheLoaderFails() async throws {
    try await withTestRuntime { test in
      let numbers = Numbers()
      let store = try await ConfigStore.start(
        .init(
          refreshEvery: .seconds(60),
          load: {
            guard numbers.next() == 1 else { throw FileIsGone() }
            return ["color": "green"]
          }))
      await #expect(throws: FileIsGone.self) { try await store.reload() }
      #expect(try await store.value("color") == "green")
      #expect(test.logs.entries.contains { $0.message == "kept the old configuration" })
    }
  }

  @Test func withoutAFirstLoadItEnds() async throws {
    try await withTestRuntime { _ in
      let store = try await ConfigStore.start(.init(refreshEvery: .seconds(60), load: { throw FileIsGone() }))
      #expect(await store.waitForExit() == .failure(FileIsGone()))
    }
  }
}
