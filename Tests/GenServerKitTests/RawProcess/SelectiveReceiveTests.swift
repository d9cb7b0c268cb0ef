import GenServerTesting
import Testing

@testable import GenServerKit

private class Animal: @unchecked Sendable { var name: String { "animal" } }
private final class Dog: Animal, @unchecked Sendable { override var name: String { "dog" } }

private struct Pair: Sendable, Equatable {
  var first: Int
  var second: String
}

@Suite("Selective receive")
struct SelectiveReceiveTests {
  /// Runs in a process whose mailbox holds the messages.
  private func withMessages(
    _ messages: [any Sendable], _ body: nonisolated(nonsending) (RawProcess) async throws -> Void
  ) async throws {
    try await withTestRuntime { _ in
      try await withProcess { (process) async throws in
        for message in messages { process.pid.send(message) }
        try await body(process)
      }
    }
  }

  @Test("A message is found behind a thousand of other types, which keep their order")
  func order() async throws {
    var others: [any Sendable] = []
    for number in 0..<500 {
      others.append(number)
      others.append("\(number)")
    }
    try await withMessages(others + [Pair(first: 1, second: "one"), 7, Pair(first: 2, second: "two")]) {
      (process) async throws in
      #expect(try await process.receive(Pair.self, where: { $0.first == 2 }) == Pair(first: 2, second: "two"))
      #expect(try await process.receive(Pair.self).first == 1)
      for number in 0..<500 {
        #expect(try await process.receive() as? Int == number)
        #expect(try await process.receive() as? String == "\(number)")
      }
      #expect(try await process.receive(Int.self) == 7)
      #expect(try await process.receive(timeout: .seconds(0)) == nil)
    }
  }

  @Test("Messages out of the front, the middle and the end leave the others as they were", arguments: 0..<9)
  func removal(_ index: Int) async throws {
    try await withMessages(Array(0..<9)) { (process) async throws in
      #expect(try await process.receive(Int.self, where: { $0 == index }) == index)
      process.pid.send(9)
      for number in 0..<10 where number != index { #expect(try await process.receive(Int.self) == number) }
    }
  }

  @Test("An optional is one of its own type and of what it holds, whatever came before")
  func optionals() async throws {
    try await withMessages([Int?.none, Int?.some(1), Int?.some(2)]) { (process) async throws in
      #expect(try await process.receive(Int.self) == 1)
      #expect(try await process.receive(Int?.self) == nil)
      #expect(try await process.receive(Int?.self) == 2)
    }
  }

  @Test("An object is one of its own class and of those above")
  func classes() async throws {
    try await withMessages([Animal(), Dog(), Animal(), Dog()]) { (process) async throws in
      #expect(try await process.receive(Dog.self).name == "dog")
      #expect(try await process.receive(Animal.self).name == "animal")
      #expect(try await process.receive(Animal.self, where: { $0 is Dog }).name == "dog")
      #expect(try await process.receive(Animal.self).name == "animal")
    }
  }

  @Test("A value is found by a protocol of its type")
  func protocols() async throws {
    try await withMessages([1, 2.5, "text", Pair(first: 1, second: "")]) { (process) async throws in
      let number = try await process.receive((any BinaryFloatingPoint & Sendable).self)
      #expect("\(number)" == "2.5")
      let text = try await process.receive((any StringProtocol & Sendable).self)
      #expect("\(text)" == "text")
    }
  }

  @Test("A down that somebody sent does not hide the one that is waited for")
  func downs() async throws {
    try await withTestRuntime { _ in
      try await withProcess { (process) async throws in
        let first = spawn { _ in }
        let monitor = process.monitor(first)
        let down = try await process.receive(Down.self)
        #expect(down.monitor == monitor)
        process.pid.send(down)
        process.pid.send("other")
        let second = spawn { process in _ = try await process.receive(String.self) }
        second.send("go on")
        // Its reason, or that it has already ended.
        await #expect(throws: ExitReason.self) { try await process.receive(Int.self, orDownOf: second) }
        #expect(try await process.receive(Down.self).monitor == monitor)
      }
    }
  }

  @Test("A down of a watch that was ended is gone from between others")
  func voids() async throws {
    try await withTestRuntime { _ in
      try await withProcess { (process) async throws in
        let ended = spawn { _ in }
        process.pid.send("before")
        let monitor = process.monitor(ended)
        _ = await ended.waitForExit()
        process.pid.send("after")
        process.demonitor(monitor)
        #expect(try await process.receive(Down.self, timeout: .seconds(0)) == nil)
        #expect(try await process.receive(String.self) == "before")
        #expect(try await process.receive(String.self) == "after")
        #expect(process.snapshot.mailboxCount == 0)
      }
    }
  }
}
