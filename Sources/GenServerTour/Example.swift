import GenServerKit
import Logging

/// One example of the tour: a few servers, what they are asked, and what they answer.
public struct Example: Sendable {
  /// Such as `S1-2`: the chapter, and the place in it.
  public let id: String

  public let title: String

  /// Tells the example; an error that it does not expect fails it.
  let run: @Sendable (Narrator) async throws -> Void

  init<Outcome>(
    _ id: String, _ title: String, _ body: @escaping @Sendable (Narrator) async throws -> Outcome
  ) {
    self.id = id
    self.title = title
    run = { narrator in _ = try await Self.perform(narrator, body) }
  }

  /// Runs `body` in a runtime of its own, so that no name or process of one example meets those of another.
  ///
  /// Crashes are logged and warnings are not, so that they do not stand between the lines of the tour.
  static func perform<Outcome>(
    _ narrator: Narrator = Narrator(), _ body: (Narrator) async throws -> Outcome
  ) async throws -> Outcome {
    var logger = Logger(label: "GenServerTour")
    logger.logLevel = .error
    let runtime = Runtime(logger: logger)
    defer {
      for pid in runtime.processes { pid.exit(.killed) }
    }
    return try await withRuntime(runtime) { () async throws -> Outcome in try await body(narrator) }
  }
}

/// Examples that belong together.
public struct Chapter: Sendable {
  public let title: String
  public let examples: [Example]

  init(_ title: String, _ examples: [Example]) {
    self.title = title
    self.examples = examples
  }
}
