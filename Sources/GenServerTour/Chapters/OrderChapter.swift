import GenServerKit

/// One message at a time, in the order in which they came, however long each takes.
enum OrderChapter {
  static let chapter = Chapter(
    "S0  In order, one at a time",
    [
      Example("S0-3", "A server that takes requests as calls, casts and messages", threeWays),
      Example("S0-4", "Two calls: the second is sent when the first is answered", calls),
      Example("S0-5", "Two casts: both are sent before the first is done", casts),
      Example("S0-6", "Two plain messages keep their order as well", messages),
      Example("S0-8", "All of them mixed: the order of sending is the order of work", mixture),
    ])

  static func threeWays(_ tour: Narrator) async throws -> (states: [Int], lines: [String]) {
    let logger = tour.show("RequestLogger.start(name: .type)", try await RequestLogger.start(name: .type))
    let example = tour.show("ExampleServer.start(.computing)", try await ExampleServer.start(.computing))

    let before = tour.show("example.state()", try await example.state())
    let called = tour.show("example.add(.light(1, order: 1))", try await example.add(.light(1, order: 1)))
    tour.show("example.addLater(.expensive(2, order: 2))", example.addLater(.expensive(2, order: 2)))
    tour.show("example.send(.add(.light(3, order: 3)))", example.send(.add(.light(3, order: 3))))
    let after = tour.show("example.state()", try await example.state())
    let lines = tour.show("logger.lines()", try await logger.lines())
    return ([before, called, after], lines)
  }

  static func calls(_ tour: Narrator) async throws -> (state: Int, lines: [String]) {
    let logger = try await RequestLogger.start(name: .type)
    let example = tour.show("ExampleServer.start(.computing)", try await ExampleServer.start(.computing))

    tour.show("example.add(.expensive(1, order: 1))", try await example.add(.expensive(1, order: 1)))
    tour.show("example.add(.light(2, order: 2))", try await example.add(.light(2, order: 2)))
    let state = tour.show("example.state()", try await example.state())
    let lines = tour.show("logger.lines()", try await logger.lines())
    return (state, lines)
  }

  static func casts(_ tour: Narrator) async throws -> (meanwhile: [String], state: Int, lines: [String]) {
    let logger = try await RequestLogger.start(name: .type)
    let gate = try await Gate.start()
    let example = tour.show(
      "ExampleServer.start(.waiting(at: gate))", try await ExampleServer.start(.waiting(at: gate)))

    tour.show("example.addLater(.expensive(1, order: 1))", example.addLater(.expensive(1, order: 1)))
    tour.show("example.addLater(.light(2, order: 2))", example.addLater(.light(2, order: 2)))
    tour.show("gate.arrival()", try await gate.arrival())
    let meanwhile = tour.show("logger.lines()", try await logger.lines())
    tour.show("gate.open()", gate.open())
    let state = tour.show("example.state()", try await example.state())
    let lines = tour.show("logger.lines()", try await logger.lines())
    return (meanwhile, state, lines)
  }

  static func messages(_ tour: Narrator) async throws -> (state: Int, lines: [String]) {
    let logger = try await RequestLogger.start(name: .type)
    let example = tour.show("ExampleServer.start(.computing)", try await ExampleServer.start(.computing))

    tour.show("example.send(.add(.expensive(1, order: 1)))", example.send(.add(.expensive(1, order: 1))))
    tour.show("example.send(.add(.light(2, order: 2)))", example.send(.add(.light(2, order: 2))))
    let state = tour.show("example.state()", try await example.state())
    let lines = tour.show("logger.lines()", try await logger.lines())
    return (state, lines)
  }

  static func mixture(_ tour: Narrator) async throws -> (state: Int, lines: [String]) {
    let logger = try await RequestLogger.start(name: .type)
    let example = tour.show("ExampleServer.start(.computing)", try await ExampleServer.start(.computing))

    tour.show("example.add(.expensive(1, order: 1))", try await example.add(.expensive(1, order: 1)))
    tour.show("example.addLater(.expensive(2, order: 2))", example.addLater(.expensive(2, order: 2)))
    tour.show("example.send(.add(.expensive(3, order: 3)))", example.send(.add(.expensive(3, order: 3))))
    tour.show("example.send(.add(.light(4, order: 4)))", example.send(.add(.light(4, order: 4))))
    tour.show("example.addLater(.light(5, order: 5))", example.addLater(.light(5, order: 5)))
    tour.show("example.add(.light(6, order: 6))", try await example.add(.light(6, order: 6)))
    let state = tour.show("example.state()", try await example.state())
    let lines = tour.show("logger.lines()", try await logger.lines())
    return (state, lines.filter { $0.hasPrefix("PROCESS") })
  }
}
