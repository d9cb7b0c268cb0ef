import GenServerKit
import GenServerTesting
import Logging
import Testing

@Suite("Log recorder", .timeLimit(.minutes(1))) struct LogRecorderTests {
  @Test("Entries are kept in order, with level, text and metadata")
  func entries() async throws {
    try await withTestRuntime { test in
      #expect(test.logs.entries.isEmpty)
      let server = try await ClockedServer.start(name: "clocked")
      try await server.call { .log("first", $0) }
      try await server.call { .log("second", $0) }
      let entries = test.logs.entries
      #expect(entries.map(\.message) == ["first", "second"])
      #expect(entries.map(\.level) == [.notice, .notice])
      for entry in entries {
        let pid = try #require(server.pid)
        #expect(entry.metadata == ["pid": "\(pid)", "server": "ClockedServer", "name": "clocked"])
      }
    }
  }

  @Test("Every level is recorded, and an entry's own metadata goes before the logger's")
  func levels() {
    let recorder = LogRecorder()
    var logger = recorder.logger
    logger[metadataKey: "place"] = "logger"
    logger[metadataKey: "kept"] = "yes"
    for level in Logger.Level.allCases { logger.log(level: level, "\(level)", metadata: ["place": "entry"]) }
    #expect(recorder.entries.map(\.level) == Logger.Level.allCases)
    #expect(recorder.entries.map(\.message) == Logger.Level.allCases.map { "\($0)" })
    for entry in recorder.entries { #expect(entry.metadata == ["place": "entry", "kept": "yes"]) }
  }

  @Test("The recorder and its entries are shown as text, the metadata in the order of its keys")
  func description() {
    let recorder = LogRecorder()
    #expect("\(recorder)" == "nothing was logged")
    let logger = recorder.logger
    logger.error("Cache <0.3.0> ends", metadata: ["state": "Cache(3)", "messages": "0", "pid": "<0.3.0>"])
    logger.notice("plain")
    #expect(
      recorder.entries.map { "\($0)" } == [
        "error: Cache <0.3.0> ends [messages: 0, pid: <0.3.0>, state: Cache(3)]", "notice: plain",
      ])
    #expect("\(recorder)" == "error: Cache <0.3.0> ends\nnotice: plain")
  }

  @Test("Loggers of one recorder write into it, and changes of one do not show in another")
  func copies() {
    let recorder = LogRecorder()
    var first = recorder.logger
    let second = recorder.logger
    first[metadataKey: "first"] = "1"
    first.info("a")
    second.info("b")
    #expect(recorder.entries.map(\.message) == ["a", "b"])
    #expect(recorder.entries.map(\.metadata) == [["first": "1"], [:]])
    #expect(first[metadataKey: "first"] == "1")
    #expect(LogRecorder().entries.isEmpty)
  }

  @Test("Records of many threads are all there")
  func concurrent() async {
    let recorder = LogRecorder()
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          let logger = recorder.logger
          // Threads meet at the lock of the recorder.
          for number in 0..<200 { logger.info("\(task)/\(number)") }
        }
      }
    }
    #expect(Set(recorder.entries.map(\.message)).count == 1600)
    #expect(recorder.entries.count == 1600)
  }

  @Test("What a process logs of itself is recorded")
  func crash() async throws {
    try await withTestRuntime { test in
      let server = try await ClockedServer.start()
      let pid = try #require(server.pid)
      pid.send("unexpected")
      _ = try await server.call { .notes($0) }
      #expect(test.logs.entries.map(\.level) == [.error])
      #expect(test.logs.entries.first?.metadata["server"] == "ClockedServer")
    }
  }
}
