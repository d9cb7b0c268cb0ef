import GenServerKit

/// Divides, with and without a crash where it cannot.
struct Calculator: GenServer {
  enum Failure: Error { case divisionByZero }
  enum Call: Sendable {
    case divideOrCrash(Int, by: Int, ReplyTo<Int>)
    case divide(Int, by: Int, ReplyTo<Result<Int, Failure>>)
  }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Calculator()) }

  mutating func handleCall(_ call: Call, context: Context) throws -> Next {
    switch call {
    case .divideOrCrash(let number, let divisor, let client):
      return .reply(try Self.quotient(number, divisor), to: client)
    case .divide(let number, let divisor, let client):
      return .reply(Result { () throws(Failure) in try Self.quotient(number, divisor) }, to: client)
    }
  }

  private static func quotient(_ number: Int, _ divisor: Int) throws(Failure) -> Int {
    guard divisor != 0 else { throw .divisionByZero }
    return number / divisor
  }
}

extension ServerRef where Server == Calculator {
  func divideOrCrash(_ number: Int, by divisor: Int) async throws(CallError) -> Int {
    try await call { .divideOrCrash(number, by: divisor, $0) }
  }
  func divide(_ number: Int, by divisor: Int) async throws(CallError) -> Result<Int, Calculator.Failure> {
    try await call { .divide(number, by: divisor, $0) }
  }
}
