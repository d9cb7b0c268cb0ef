import GenServerTesting
import Synchronization
import Testing

@testable import GenServerKit

/// Looks at the process at the very moment at which it hears of its end: whoever waits goes on later, and would not see
/// what was done late.
private final class Witness: ExitObserver, @unchecked Sendable {
  // Unchecked: inherited; `process` and `name` never change, `findings` is touched under its lock only.
  struct Finding: Equatable {
    let reason: ExitReason
    let isAlive: Bool
    let isListed: Bool
    let holdsName: Bool
    let holdsState: Bool
  }

  private weak let process: ProcessCore?
  private weak let state: Held?
  private let findings = Mutex<[Finding]>([])

  init(_ process: ProcessCore, _ state: Held) {
    self.process = process
    self.state = state
    super.init()
  }

  var found: [Finding] { findings.withLock { $0 } }

  override func processEnded(_ reason: ExitReason) {
    guard let process else { return }
    let finding = Finding(
      reason: reason, isAlive: process.isAlive, isListed: process.runtime.table.all.contains { $0 === process },
      holdsName: process.name.flatMap(process.runtime.names.lookup) != nil, holdsState: state != nil)
    findings.withLock { $0.append(finding) }
  }
}

private final class Held: Sendable {}

private struct Holder: GenServer {
  enum Cast: Sendable { case fail }

  let held: Held

  static func initialize(_ held: Held, context: Context) -> Initial { .ok(Holder(held: held)) }
  mutating func handleCast(_ cast: Cast, context: Context) throws -> Next { throw PuppetError("fail") }
}

/// Hands out the witness that a server sets on its own process.
private final class WitnessStand: Sendable {
  private let witness = Mutex<Witness?>(nil)

  var found: [Witness.Finding] { witness.withLock { $0 }?.found ?? [] }

  /// By a server that is killed before it has returned the state that it makes here.
  func makeState(of process: ProcessCore) -> Held {
    let held = Held()
    let witness = Witness(process, held)
    self.witness.withLock { $0 = witness }
    if process.addObserver(witness) != nil { Issue.record("the process has ended before it began") }
    process.signalExit(.killed)
    return held
  }
}

private struct Stillborn: GenServer {
  let held: Held

  static func initialize(_ stand: WitnessStand, context: Context) -> Initial {
    .ok(Stillborn(held: stand.makeState(of: context.pid.core)))
  }
}

private struct AsyncStillborn: GenServer {
  let held: Held

  static func initialize(_ stand: WitnessStand, context: Context) async -> Initial {
    await Task.yield()
    return .ok(AsyncStillborn(held: stand.makeState(of: context.pid.core)))
  }
}

@Suite("Process end") struct ProcessEndTests {
  enum Way: CaseIterable {
    case stop
    case exit
    case crash

    var reason: ExitReason {
      switch self {
      case .stop: .normal
      case .exit: .shutdown
      case .crash: .failure(PuppetError("fail"))
      }
    }
  }

  @Test(
    "When observers hear of the end the process is dead, its name free, and its state released", arguments: Way.allCases
  )
  func order(_ way: Way) async throws {
    try await withTestRuntime { _ in
      var held: Held? = Held()
      let server = try await Holder.start(try #require(held), name: "holder", options: [.callsInPlace(.never)])
      let process = try #require(server.pid).core
      let witness = Witness(process, try #require(held))
      held = nil
      #expect(process.addObserver(witness) == nil)
      switch way {
      case .stop: try await server.stop()
      case .exit: server.pid?.exit(.shutdown)
      case .crash: server.cast(.fail)
      }
      #expect(await server.waitForExit() == way.reason)
      #expect(
        witness.found == [
          Witness.Finding(
            reason: way.reason, isAlive: false, isListed: false, holdsName: false, holdsState: false)
        ])
    }
  }

  @Test("The state of a server that was killed in initialize is released before observers hear of the end")
  func stillborn() async throws {
    try await withTestRuntime { _ in
      let expected = Witness.Finding(
        reason: .killed, isAlive: false, isListed: false, holdsName: false, holdsState: false)
      let stand = WitnessStand()
      await #expect(throws: StartError.failed(.killed)) { try await Stillborn.start(stand, name: "plain") }
      #expect(stand.found == [expected])
      let other = WitnessStand()
      await #expect(throws: StartError.failed(.killed)) { try await AsyncStillborn.start(other, name: "async") }
      #expect(other.found == [expected])
    }
  }
}
