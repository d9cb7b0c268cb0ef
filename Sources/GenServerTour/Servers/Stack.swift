import GenServerKit

enum StackError: Error { case empty }

/// A stack whose first item is the top.
///
/// Elixir checks with a guard that it is started with a list; here anything else does not compile.
struct Stack: GenServer {
  enum Call: Sendable {
    case pop(ReplyTo<Result<Int, StackError>>)
    case peek(ReplyTo<Result<Int, StackError>>)
    case size(ReplyTo<Int>)
  }
  enum Cast: Sendable { case push(Int) }

  // With the top at the end, where an array grows and shrinks without moving the rest.
  var items: [Int]

  static func initialize(_ items: [Int], context: Context) -> Initial {
    .ok(Stack(items: items.reversed()))
  }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .pop(let client):
      guard let top = items.popLast() else { return .fail(.empty, to: client) }
      return .reply(top, to: client)
    case .peek(let client):
      guard let top = items.last else { return .fail(.empty, to: client) }
      return .reply(top, to: client)
    case .size(let client):
      return .reply(items.count, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .push(let item): items.append(item)
    }
    return .noReply
  }
}

extension ServerRef where Server == Stack {
  func pop() async throws(CallError) -> Result<Int, StackError> { try await call { .pop($0) } }
  func peek() async throws(CallError) -> Result<Int, StackError> { try await call { .peek($0) } }
  func size() async throws(CallError) -> Int { try await call { .size($0) } }
  @discardableResult func push(_ item: Int) -> Delivery { cast(.push(item)) }
}
