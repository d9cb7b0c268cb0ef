@testable import GenServerTour

/// What an example comes to, in a runtime of its own.
func outcome<Outcome>(of body: (Narrator) async throws -> Outcome) async throws -> Outcome {
  try await Example.perform(Narrator(), body)
}
