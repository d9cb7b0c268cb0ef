import GenServerKit
import GenServerTesting
import Testing

/// One of a long row of servers, each of which asks the next one.
private struct NestedServer: GenServer {
  enum Call: Sendable { case depth(ReplyTo<Int>) }

  let next: ServerRef<NestedServer>?
  let suspends: Bool

  static func initialize(_ argument: (ServerRef<NestedServer>?, Bool), context: Context) async -> Initial {
    .ok(Self(next: argument.0, suspends: argument.1))
  }

  func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .depth(let client):
      if suspends { await Task.yield() }
      guard let next else { return .reply(1, to: client) }
      return .reply(try await next.call(timeout: .infinity) { .depth($0) } + 1, to: client)
    }
  }
}

@Suite("Nested calls", .timeLimit(.minutes(1))) struct NestedCallTests {
  @Test(
    "Five hundred async servers that call each other in a row", arguments: PuppetLending.allCases, [false, true])
  func row(lending: PuppetLending, suspends: Bool) async throws {
    try await withTestRuntime { _ in
      var first: ServerRef<NestedServer>?
      for _ in 0..<500 { first = try await NestedServer.start((first, suspends), options: [lending.option]) }
      let server = try #require(first)
      for _ in 1...3 { #expect(try await server.call(timeout: .infinity) { .depth($0) } == 500) }
    }
  }

  @Test("Many callers of one row at once", arguments: PuppetLending.allCases)
  func manyCallers(lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      var first: ServerRef<NestedServer>?
      for _ in 0..<50 { first = try await NestedServer.start((first, false), options: [lending.option]) }
      let server = try #require(first)
      let depths = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<20 { group.addTask { try await server.call(timeout: .infinity) { .depth($0) } } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(depths == Array(repeating: 50, count: 20))
    }
  }
}
