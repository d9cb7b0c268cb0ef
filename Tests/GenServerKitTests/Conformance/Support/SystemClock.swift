import GenServerKit

/// Runs `body` in a runtime of its own on the system's clock, for what is about threads that are really held, and ends
/// every process of it afterwards.
func withSystemClock(_ body: () async throws -> Void) async throws {
  let runtime = Runtime()
  try await withRuntime(runtime) { () async throws in try await body() }
  try await runtime.shutdown(timeout: .seconds(10))
}
