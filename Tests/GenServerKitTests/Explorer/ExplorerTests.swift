import Testing

@testable import GenServerKit

/// Two threads that add one to a number, and two that take two locks.
@Suite("The explorer")
struct ExplorerTests {
  private struct Sum: Hashable {
    var number = 0
    var seen = [0, 0]
    var isLocked = [false, false]
  }

  private static func adding(_ name: String) -> Program<Sum> {
    Program(
      name,
      [
        Step("reads") { sum, me in
          sum.seen[me] = sum.number
          return .next
        },
        Step("writes") { sum, me in
          sum.number = sum.seen[me] + 1
          return .end
        },
      ])
  }

  private static func locking(_ name: String, _ order: [Int]) -> Program<Sum> {
    Program(
      name,
      order.map { lock in
        Step("waits for lock \(lock)") { sum, _ in
          if sum.isLocked[lock] { return .wait }
          sum.isLocked[lock] = true
          return .next
        }
      } + [
        Step("unlocks") { sum, _ in
          sum.isLocked = [false, false]
          return .end
        }
      ])
  }

  @Test("finds the order in which one of two sums is lost, and shows the shortest way there")
  func lostUpdate() throws {
    let explorer = Explorer(
      [Self.adding("one"), Self.adding("two")],
      checkEnd: { sum in if sum.number != 2 { throw Violation(.lostAnswer, "the sum is \(sum.number)") } })
    let found = try #require(explorer.explore(from: Sum()).counterexample)
    #expect(found.kind == .lostAnswer)
    #expect(found.trace == ["one reads", "two reads", "one writes", "two writes"])
    #expect(found.description.hasPrefix("lostAnswer: the sum is 1, after\n  1. one reads\n"))
  }

  @Test("visits each state once")
  func stateCount() {
    // Each of two threads stands before, between or behind its steps; two orders make a difference to the numbers.
    let explorer = Explorer([Self.adding("one"), Self.adding("two")])
    let result = explorer.explore(from: Sum())
    #expect(result.counterexample == nil)
    #expect(result.states == 13)
  }

  @Test("finds a deadlock where two locks are taken in either order, and none where they are taken in one")
  func deadlock() throws {
    let crossed = Explorer([Self.locking("one", [0, 1]), Self.locking("two", [1, 0])])
    let found = try #require(crossed.explore(from: Sum()).counterexample)
    #expect(found.kind == .deadlock)
    #expect(found.trace == ["one waits for lock 0", "two waits for lock 1"])
    let ordered = Explorer([Self.locking("one", [0, 1]), Self.locking("two", [0, 1])])
    #expect(ordered.explore(from: Sum()).counterexample == nil)
  }

  @Test("finds a loop that nobody can end, and lets one be that somebody can")
  func endless() throws {
    let spinning = Program<Sum>(
      "spinner",
      [
        Step("looks", at: "look") { sum, _ in
          if sum.number == 2 { return .end }
          sum.seen[0] = 1 - sum.seen[0]
          return .jump("look")
        }
      ])
    func adder(_ number: Int) -> Program<Sum> {
      Program(
        "adder",
        [
          Step("adds") { sum, _ in
            sum.number += number
            return .end
          }
        ])
    }
    let found = try #require(Explorer([spinning, adder(1)]).explore(from: Sum()).counterexample)
    #expect(found.kind == .endless)
    #expect(Explorer([spinning, adder(2)]).explore(from: Sum()).counterexample == nil)
  }

  @Test("lets a service wait for ever")
  func service() {
    let waiting = Step<Sum>("waits") { _, _ in .wait }
    #expect(Explorer([Program("worker", isService: true, [waiting])]).explore(from: Sum()).counterexample == nil)
    #expect(Explorer([Program("caller", [waiting])]).explore(from: Sum()).counterexample?.kind == .deadlock)
  }
}
