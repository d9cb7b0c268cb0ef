import GenServerKit

private let operations = 50_000

extension Row {
  /// What a request costs that a full mailbox refuses, beside one that is served, and one that is awaited later: none of
  /// them depends on what it carries.
  static let failures = [("1 B", 1), ("10 KB", 10_000), ("1 MB", 1_000_000)].flatMap { name, size in
    [
      Row(
        "call with \(name), queued",
        ours: {
          let store = try await Store.start(options: [.callsInPlace(.never)])
          let bytes = [UInt8](repeating: 7, count: size)
          return try await nanoseconds(operations) { n in
            for _ in 0..<n { try expect(try await store.put(bytes), size) }
          }
        }),
      Row(
        "call with \(name), refused",
        ours: {
          let store = try await Store.start(options: [.callsInPlace(.never), .mailbox(limit: 1)])
          try await Sys.suspend(store)
          store.cast(.fill)
          let bytes = [UInt8](repeating: 7, count: size)
          return try await nanoseconds(operations) { n in
            var refused = 0
            for _ in 0..<n {
              do { use(try await store.put(bytes)) } catch CallError.overloaded { refused += 1 }
            }
            try expect(refused, n)
          }
        }),
      Row(
        "request with \(name), awaited later",
        ours: {
          let store = try await Store.start(options: [.callsInPlace(.never)])
          let bytes = [UInt8](repeating: 7, count: size)
          return try await nanoseconds(operations) { n in
            for _ in 0..<n { try expect(try await store.sendPut(bytes).value(), size) }
          }
        }),
    ]
  }
}
