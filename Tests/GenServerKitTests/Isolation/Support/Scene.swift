import GenServerKit
import Testing

/// The servers and the task with which a provocation succeeds. The caller makes its own call, on its own actor: a
/// `Caller` is the code that is tested.
struct Scene: Sendable {
  /// Makes one call and checks where it runs before, in the closure, and after return and throw.
  typealias Caller = @Sendable (ServerRef<Provoker>, Timeout, Demand) async -> CallError?

  enum Demand: Sendable {
    case answer
    case hold
    case drop
    case fail

    func request(_ client: ReplyTo<Int>) -> Provoker.Call {
      switch self {
      case .answer: .answer(client)
      case .hold: .hold(client)
      case .drop: .drop(client)
      case .fail: .fail(client)
      }
    }
  }

  let lending: StartOption.CallsInPlace
  /// Whether the servers' handlers suspend.
  let suspends: Bool

  var options: [StartOption] { [.callsInPlace(lending)] }

  /// Sets the scene, lets the caller call, and returns the error that came of it and the one that should have.
  func play(_ provocation: Provocation, _ caller: @escaping Caller) async throws -> (CallError?, CallError?) {
    let server = try await Provoker.start(suspends, name: .type, options: options)
    switch provocation {
    case .answer: return (await caller(server, .infinity, .answer), nil)
    case .timeout: return (await caller(server, .milliseconds(1), .hold), .timeout())
    case .exit: return (await caller(server, .infinity, .fail), .exit(.failure(ProbeError("provoked"))))
    case .noReply: return (await caller(server, .infinity, .drop), .replyDropped())
    case .noConnection:
      return (
        await caller(Provoker.named(ProcessName<Provoker>.type.on("far@away")), .infinity, .answer), .noConnection()
      )
    case .unknownName: return (await caller(Provoker.named("nobody"), .infinity, .answer), .noProcess())
    case .noProcess:
      try await server.stop()
      return (await caller(server, .infinity, .answer), .noProcess())
    case .wrongServer:
      _ = try await Bystander.start(name: "bystander")
      let error = CallError.wrongServer(expected: "Provoker", found: "Bystander")
      return (await caller(Provoker.named("bystander"), .infinity, .answer), error)
    case .cancelledBefore, .cancelledWhileWaiting:
      let task = Task {
        if provocation == .cancelledBefore { withUnsafeCurrentTask { $0?.cancel() } }
        return await caller(server, .infinity, .hold)
      }
      if provocation == .cancelledWhileWaiting {
        // The server has begun the request when it comes to the second one.
        _ = try await server.call(timeout: .infinity) { .answer($0) }
        task.cancel()
      }
      return (await task.value, .cancelled())
    case .overloaded:
      let full = try await Provoker.start(suspends, options: options + [.mailbox(limit: 1)])
      let gate = Gate()
      full.cast(.wait(gate))
      await gate.waitUntilReached()
      full.cast(.wait(gate))
      defer { gate.open() }
      return (await caller(full, .infinity, .answer), .overloaded())
    case .callingSelf:
      let error = try await server.call(timeout: .infinity) { .perform({ await caller($0, .infinity, .answer) }, $0) }
      return (error, .callingSelf())
    case .deadlock: return try await playDeadlock(caller)
    }
  }

  /// The first server calls the second, which lets the caller call the first. Without lending, so that it is certain
  /// who finds the circle.
  private func playDeadlock(_ caller: @escaping Caller) async throws -> (CallError?, CallError?) {
    let first = try await Provoker.start(suspends, options: [.callsInPlace(.never)])
    let second = try await Provoker.start(suspends, options: [.callsInPlace(.never)])
    let circle = [second.pid, first.pid].compactMap { $0 }
    let error = try await first.call(timeout: .infinity) {
      .perform(
        { _ in
          do throws(CallError) {
            return try await second.call(timeout: .infinity) {
              .perform({ _ in await caller(first, .infinity, .answer) }, $0)
            }
          } catch {
            return error
          }
        }, $0)
    }
    return (error, .deadlock(circle))
  }
}

extension Scene: CustomTestStringConvertible {
  var testDescription: String { "lending \(lending), \(suspends ? "suspending" : "immediate") handlers" }
}

/// Leaves the caller's actor. Not inlined: the optimizer must not see that nothing happens there.
@inline(never) @concurrent func leaveActor() async { await Task.yield() }
