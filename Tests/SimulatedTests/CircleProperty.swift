import GenServerKit
import GenServerTesting
import Testing

/// One of several that ask each other.
private struct Node: GenServer {
  indirect enum Path: Sendable {
    case end
    /// Asks that one, and waits.
    case ask(Int, Path)
    /// Hands the question on with its handle, and does not wait.
    case forward(Int, Path)
  }

  enum Call: Sendable {
    case meet([ServerRef<Node>], ReplyTo<Void>)
    case walk(Path, ReplyTo<Result<Int, CallError>>)
  }
  enum Cast: Sendable { case walk(Path, ReplyTo<Result<Int, CallError>>) }

  var others: [ServerRef<Node>] = []

  static func initialize(_ argument: Void, context: Context) -> Initial { .ok(Self()) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .meet(let nodes, let client):
      others = nodes
      return .reply(to: client)
    case .walk(let path, let client): return await walk(path, client)
    }
  }

  func handleCast(_ cast: Cast, context: Context) async -> Next {
    switch cast {
    case .walk(let path, let client): await walk(path, client)
    }
  }

  private func walk(_ path: Path, _ client: ReplyTo<Result<Int, CallError>>) async -> Next {
    switch path {
    case .end: return .reply(.success(1), to: client)
    case .forward(let next, let rest):
      others[next].cast(.walk(rest, client))
      return .noReply
    case .ask(let next, let rest):
      let answer: Result<Int, CallError>
      do throws(CallError) {
        answer = try await others[next].call(timeout: .infinity) { .walk(rest, $0) }.map { $0 + 1 }
      } catch {
        answer = .failure(error)
      }
      return .reply(answer, to: client)
    }
  }
}

/// Who waits for whom: circles are found, and nothing else is taken for one.
enum CircleProperty {
  private static let size = 4

  private static func nodes() async throws -> [ServerRef<Node>] {
    var nodes: [ServerRef<Node>] = []
    for _ in 0..<size { nodes.append(try await Node.start()) }
    for node in nodes { try await node.call { [nodes] in .meet(nodes, $0) } }
    return nodes
  }

  /// Questions go upwards only, and handles are handed on to anybody above: no circle can be.
  static func hasNoFalseReport(_ simulation: Simulation) async throws {
    let nodes = try await nodes()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          var random = simulation.runtime.randomNumberGenerator
          var path = Node.Path.end
          for next in (1..<size).reversed() {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: path = .ask(next, path)
            case 1: path = .forward(next, path)
            default: break
            }
          }
          let sent = path
          let answer = try await nodes[0].call(timeout: .infinity) { .walk(sent, $0) }
          try check((try? answer.get()) != nil, "\(answer)")
        }
      }
      try await group.waitForAll()
    }
  }

  /// A circle of `length` that asks itself: it is found, whoever comes first, and everybody goes on.
  static func isFound(_ simulation: Simulation) async throws {
    var random = simulation.runtime.randomNumberGenerator
    let nodes = try await nodes()
    let length = Int.random(in: 2...size, using: &random)
    var path = Node.Path.end
    for next in (0..<length).reversed() { path = .ask(next, path) }
    // Down to node 0 again, where the path began.
    let sent = Node.Path.ask(1, rotated(length))
    let answer = try await nodes[0].call(timeout: .infinity) { .walk(sent, $0) }
    guard case .failure(.deadlock(let circle, _)) = answer else { throw Broken("no deadlock, but \(answer)") }
    try check(circle.count == length, "a circle of \(length) as \(circle)")
    _ = path
    for node in nodes { try check(try await node.call { .walk(.end, $0) } == .success(1), "a node is stuck") }
  }

  private static func rotated(_ length: Int) -> Node.Path {
    var path = Node.Path.ask(0, .end)
    for next in (2..<max(2, length)).reversed() { path = .ask(next, path) }
    return path
  }
}

@Suite("Circles, simulated", .timeLimit(.minutes(10))) struct CirclePropertyTests {
  @Test("Handles that are handed on are not taken for circles")
  func noFalseReport() async throws { try await simulate(seeds: Seeds.all, CircleProperty.hasNoFalseReport) }

  @Test("Each circle is found")
  func found() async throws { try await simulate(seeds: Seeds.all, CircleProperty.isFound) }
}
