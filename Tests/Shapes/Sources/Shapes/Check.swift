import GenServerKit

/// Runs servers of all shapes and counts those whose handlers did not run as they should.
struct Check {
  private(set) var runs = 0
  private(set) var failures = 0

  /// Starts a server, makes each of its handlers run several times, and looks at the journal; once for each lending.
  ///
  /// A handler of `asyncHandlers` must have run in a task of its own. One that is not must have run without, where the
  /// server has no async handlers at all; else it may also run in the task of an async one that ended before.
  mutating func handlers<Server: GenServer>(
    _ type: Server.Type, async asyncHandlers: Set<Handler>, argument: (Journal) -> sending Server.Argument,
    cast: Server.Cast, info: Server.Info, call: (ReplyTo<[Entry]>) -> Server.Call
  ) async {
    for lending in [StartOption.CallsInPlace.never, .whenFast, .always] {
      await confirm("\(type), lending \(lending)") {
        let journal = Journal(caller: Journal.runningTask)
        let server = try await Server.start(argument(journal), options: [.callsInPlace(lending)])
        var expected: [Handler] = [.initialize, .continue]
        var entries: [Entry] = []
        // Lending is earned by a few calls, so that the last rounds run on this thread.
        for _ in 1...8 {
          server.cast(cast)
          server.send(info)
          entries = try await server.call(call)
          expected += [.cast, .info, .call]
        }
        try await server.stop()
        return Self.problem(entries, expected, asyncHandlers)
      }
    }
  }

  /// Counts one run, which is right if `body` returns nil.
  mutating func confirm(_ name: String, _ body: () async throws -> String?) async {
    runs += 1
    do {
      guard let problem = try await body() else { return }
      print("\(name): \(problem)")
    } catch {
      print("\(name): \(error)")
    }
    failures += 1
  }

  private static func problem(_ entries: [Entry], _ expected: [Handler], _ asyncHandlers: Set<Handler>) -> String? {
    guard entries.map(\.handler) == expected else { return "ran \(entries.map(\.handler)), not \(expected)" }
    for entry in entries {
      if asyncHandlers.contains(entry.handler), !entry.hadOwnTask { return "\(entry.handler) did not run as async" }
      if asyncHandlers.isEmpty, entry.hadOwnTask { return "\(entry.handler) did not run as plain" }
    }
    return nil
  }
}
