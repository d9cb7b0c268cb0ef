import GenServerKit
import Testing

/// The error of a call, or nil if it has none; any other error fails the test.
func callError(of body: () async throws -> Void) async -> CallError? {
  do {
    try await body()
    return nil
  } catch let error as CallError {
    return error
  } catch {
    Issue.record("\(error)")
    return nil
  }
}
