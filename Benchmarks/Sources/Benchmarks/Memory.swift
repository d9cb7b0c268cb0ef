import Foundation
import GenServerKit

extension Row {
  static let memory = [
    Row(
      "bytes per idle server after ten calls, plain", unit: .bytes, bar: .ratio(atLeast: 7, aim: 12),
      ours: {
        try await bytesPerServer {
          try await Counter.start(0)
        } call: { counter in
          _ = try await counter.increment()
        }
      },
      actor: {
        try await bytesPerServer {
          ActorCounter()
        } call: { counter in
          _ = await counter.increment()
        }
      },
      stream: {
        try await bytesPerServer {
          StreamCounter()
        } call: { counter in
          _ = await counter.increment()
        }
      }),

    Row(
      "bytes per idle server after ten calls, async", unit: .bytes, bar: .ratio(atLeast: 7, aim: 12),
      ours: {
        try await bytesPerServer {
          try await AsyncCounter.start(0)
        } call: { counter in
          _ = try await counter.increment()
        }
      },
      actor: {
        try await bytesPerServer {
          ActorCounter()
        } call: { counter in
          _ = await counter.incrementInAsyncMethod()
        }
      }),
  ]
}

/// By how much the memory of this program grows with each server.
private func bytesPerServer<Server: Sendable>(
  _ start: () async throws -> Server, call: (Server) async throws -> Void
) async throws -> Double {
  let count = 100_000
  // What exists once per program or per thread is there before the first reading.
  var early: [Server] = []
  for _ in 0..<1_000 {
    let server = try await start()
    for _ in 0..<10 { try await call(server) }
    early.append(server)
  }
  // Written to here, so that the pages of the array itself do not count as the servers'.
  var servers = [Server?](repeating: nil, count: count)
  _ = try residentBytes()

  let before = try residentBytes()
  for index in 0..<count {
    let server = try await start()
    for _ in 0..<10 { try await call(server) }
    servers[index] = server
  }
  let after = try residentBytes()
  withExtendedLifetime((early, servers)) {}
  return Double(after - before) / Double(count)
}

private func residentBytes() throws -> Int {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  guard fields.count > 1, let pages = Int(fields[1]) else { throw CocoaError(.fileReadCorruptFile) }
  return pages * NSPageSize()
}
