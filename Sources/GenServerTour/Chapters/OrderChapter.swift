import GenServerKit
import HandmadeServer
import HandmadeServerOnLibrary

/// One message at a time, in the order in which they came, however long each takes.
enum OrderChapter {
  static let chapter = Chapter(
    "S0  In order, one at a time",
    [
      Example("S0-1", "Slow messages do not mix, and keep their order", slowMessages),
      Example("S0-2", "A server made by hand, and the same example on the library", tinyServer),
      Example("S0-3", "A server that takes requests as calls, casts and messages", threeWays),
      Example("S0-4", "Two calls: the second is sent when the first is answered", calls),
      Example("S0-5", "Two casts: both are sent before the first is done", casts),
      Example("S0-6", "Two plain messages keep their order as well", messages),
      Example("S0-7", "A stop ends the server with exactly its reason", stop),
      Example("S0-8", "All of them mixed: the order of sending is the order of work", mixture),
      Example("S0-9", "What is neither call nor cast nor stop, and the last words", otherMessages),
    ])

  static func slowMessages(
    _ tour: Narrator
  ) async throws -> (ofOneSender: SlowAdder.Sum, ofFourSenders: SlowAdder.Sum) {
    let adder = tour.show("SlowAdder.start()", try await SlowAdder.start())
    tour.show("adder.add(1, pauses: 99)", adder.add(1, pauses: 99))
    for number in 2...98 { adder.add(number, pauses: number.isMultiple(of: 2) ? 0 : 100 - number) }
    tour.show("adder.add(99, pauses: 1)", adder.add(99, pauses: 1))
    let first = try await adder.sum()
    tour.show("adder.sum().total", first.total)
    tour.show("adder.sum().numbers == Array(1...99)", first.numbers == Array(1...99))

    // Numbers of one sender have the same thousands.
    let other = tour.show("SlowAdder.start()", try await SlowAdder.start())
    await withTaskGroup(of: Void.self) { senders in
      for sender in [1000, 2000, 3000, 4000] {
        senders.addTask {
          for number in 1...25 { other.add(sender + number, pauses: number % 7) }
        }
      }
    }
    let second = try await other.sum()
    tour.show("other.sum().total, of four senders at once", second.total)
    let ofThird = second.numbers.filter { $0 / 1000 == 3 }
    tour.show("other.sum().numbers of the third == Array(3001...3025)", ofThird == Array(3001...3025))
    return (first, second)
  }

  typealias TinyOutcome = (state: Int, lines: [String], isReasonKept: Bool)

  static func tinyServer(_ tour: Narrator) async throws -> (byHand: TinyOutcome, onLibrary: TinyOutcome) {
    tour.remark("On Sources/HandmadeServer/HandmadeServer.swift: 49 lines on raw processes. Its start makes no link")
    let byHand = try await HandmadeServer.useExample { tour.show($0, $1) }
    tour.remark("On the library, with the same file: Sources/HandmadeServerOnLibrary/Example.swift")
    let onLibrary = try await HandmadeServerOnLibrary.useExample { tour.show($0, $1) }
    return (byHand, onLibrary)
  }

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

  struct StopOutcome {
    let wasAlive: Bool
    let pid: PID?
    let down: Down
    let isAlive: Bool
  }

  static func stop(_ tour: Narrator) async throws -> StopOutcome {
    try await withProcess { process async throws in
      let example = tour.show("ExampleServer.start(.computing)", try await ExampleServer.start(.computing))
      let pid = example.pid
      tour.show("process.monitor(example)", process.monitor(example))
      let wasAlive = tour.show("example.isAlive", example.isAlive)
      tour.show(
        #"example.stop(.shutdownBecause("enough"))"#, try await example.stop(.shutdownBecause("enough")))
      let down = try await process.receive(Down.self)
      tour.show("process.receive(Down.self).reason", down.reason)
      let isAlive = tour.show("example.isAlive", example.isAlive)
      return StopOutcome(wasAlive: wasAlive, pid: pid, down: down, isAlive: isAlive)
    }
  }

  static func otherMessages(_ tour: Narrator) async throws -> (heard: [String], lastWords: Listener.LastWords) {
    try await withProcess { process async throws in
      let listener = tour.show("Listener.start(process.pid)", try await Listener.start(process.pid))
      let guest = try await Gate.start()
      if let pid = guest.pid { tour.show("listener.watch(guest)", try await listener.watch(pid)) }
      tour.show("listener.send(.bell)", listener.send(.bell))
      tour.show(#"listener.pid?.send("a text")"#, listener.pid?.send("a text"))
      tour.show("listener.pid?.send(42)", listener.pid?.send(42))
      tour.show("guest.stop(.shutdown)", try await guest.stop(.shutdown))
      let heard = tour.show("listener.heard()", try await listener.heard())

      tour.show(
        #"listener.stop(.shutdownBecause("late"))"#, try await listener.stop(.shutdownBecause("late")))
      let lastWords = try await process.receive(Listener.LastWords.self)
      tour.show("process.receive(Listener.LastWords.self).reason", lastWords.reason)
      tour.show("its state: lastWords.heard.count", lastWords.heard.count)
      return (heard, lastWords)
    }
  }
}
