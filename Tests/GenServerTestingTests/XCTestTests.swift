import GenServerKit
import GenServerTesting
import XCTest

/// The same helpers in XCTest: they throw, and a test that throws fails.
final class XCTestTests: XCTestCase {
  func testHandlers() throws {
    var test = try HandlerTest<PlainDesk>(initializing: .empty)
    try test.cast(.add(2))
    XCTAssertEqual(try test.call { .sum($0) }.reply, 2)
    try test.cast(.idle(.seconds(60)))
    try test.advance(by: .seconds(60))
    XCTAssertEqual(test.outcome, .stops(.normal))
  }

  func testAsyncHandlers() async throws {
    var test = try await HandlerTest<AsyncDesk>(initializing: .empty)
    try await test.cast(.add(2))
    let sum = try await test.call { .sum($0) }
    XCTAssertEqual(sum.reply, 2)
  }

  func testRuntime() async throws {
    try await withTestRuntime { test in
      let server = try await test.start(PlainDesk.self, .empty)
      server.cast(.fail)
      let reason = try await expectExit(of: server)
      XCTAssertEqual(reason, .failure(Desk.Broken()))
    }
  }

  func testFailuresKnowTheirPlace() async throws {
    try await withTestRuntime { test in
      let server = try await test.start(PlainDesk.self, .empty)
      let line = UInt(#line) + 2
      do {
        try await expectExit(of: server, within: .zero)
        XCTFail("the server has not ended")
      } catch let failure as ExpectationFailure {
        // What `XCTFail(failure.message, file: failure.filePath, line: failure.line)` needs.
        XCTAssertEqual(failure.line, line)
        XCTAssertEqual("\(failure.filePath)", "\(#filePath)")
      }
    }
  }
}
