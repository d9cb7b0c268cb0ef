import Testing

@testable import GenServerKit

private struct ReasonError: Error, Equatable, CustomStringConvertible {
  let number: Int
  var description: String { "reason \(number)" }
}

/// Equal whatever it is called.
private struct ForgivingError: Error, Equatable {
  let text: String
  static func == (a: Self, b: Self) -> Bool { true }
}

private struct TextOnlyError: Error, CustomStringConvertible {
  let description: String
}

private final class ObjectError: Error {}

private final class EquatableObjectError: Error, Equatable {
  static func == (a: EquatableObjectError, b: EquatableObjectError) -> Bool { true }
}

private struct OtherTextOnlyError: Error, CustomStringConvertible {
  let description: String
}

@Suite("Exit reason") struct ExitReasonTests {
  private static let all: [ExitReason] = [
    .normal, .shutdown, .shutdownBecause("closed"), .shutdownBecause(1), .killed, .noProcess, .noConnection,
    .failure(ReasonError(number: 1)), .failure(ReasonError(number: 2)), .failure(TextOnlyError(description: "a")),
    .failure(TextOnlyError(description: "b")), .failure(OtherTextOnlyError(description: "a")),
  ]

  @Test("Each reason equals itself and no other")
  func equality() {
    for (index, reason) in Self.all.enumerated() {
      for (other, otherReason) in Self.all.enumerated() {
        #expect((reason == otherReason) == (index == other), "\(reason) and \(otherReason)")
      }
    }
  }

  @Test("Equatable errors are compared by their own operator, others by type and text")
  func failures() {
    #expect(ExitReason.failure(ForgivingError(text: "a")) == .failure(ForgivingError(text: "b")))
    #expect(ExitReason.failure(TextOnlyError(description: "a")) == .failure(TextOnlyError(description: "a")))
    #expect(ExitReason.failure(CallError.timeout()) == .failure(CallError.timeout()))
    #expect(ExitReason.failure(CallError.timeout()) != .failure(CallError.replyDropped()))
    #expect(ExitReason.shutdownBecause([1, 2]) == .shutdownBecause([1, 2]))
    #expect(ExitReason.shutdownBecause([1, 2]) != .shutdownBecause([2, 1]))
  }

  @Test("Errors that are objects are compared by identity, unless they can be compared")
  func objects() {
    let (one, other) = (ObjectError(), ObjectError())
    #expect(ExitReason.failure(one) == .failure(one))
    #expect(ExitReason.failure(one) != .failure(other))
    #expect(ExitReason.failure(EquatableObjectError()) == .failure(EquatableObjectError()))
  }

  @Test("The text of a large error ends early")
  func largeError() {
    struct Large: Error { let numbers = Array(0..<100_000) }
    #expect(ExitReason.failure(Large()).description.utf8.count < 10_000)
  }

  @Test("A thrown reason is the reason itself, and any other error a failure")
  func thrown() {
    for reason in Self.all { #expect(ExitReason(thrown: reason) == reason) }
    #expect(ExitReason(thrown: ReasonError(number: 1)) == .failure(ReasonError(number: 1)))
    #expect(ExitReason(thrown: CallError.timeout()) == .failure(CallError.timeout()))
  }

  @Test("Normal and shutdown are clean ends, all others crashes")
  func clean() {
    #expect(Self.all.filter(\.isClean) == [.normal, .shutdown, .shutdownBecause("closed"), .shutdownBecause(1)])
  }

  @Test("The text says what happened")
  func text() {
    #expect(ExitReason.normal.description == "normal")
    #expect(ExitReason.shutdown.description == "shutdown")
    #expect(ExitReason.shutdownBecause("closed").description == "shutdown: closed")
    #expect(ExitReason.killed.description == "killed")
    #expect(ExitReason.noProcess.description.contains("no process"))
    #expect(ExitReason.noConnection.description.contains("no connection"))
    #expect(ExitReason.failure(ReasonError(number: 7)).description == "an error was thrown: reason 7")
  }
}
