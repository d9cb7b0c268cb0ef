import GenServerKit

/// A server that tries to stop itself and keeps what came of it. Its handlers are async: plain ones cannot wait.
struct SelfStopper: GenServer {
  enum Way: CaseIterable, Sendable {
    case me
    case pid
    case name
    case helper
  }
  enum Call: Sendable {
    case stopYourself(Way, ReplyTo<CallError?>)
    case outcomes(ReplyTo<[CallError?]>)
  }
  enum Cast: Sendable { case stopYourself(Way, Signal) }

  let suspends: Bool
  var outcomes: [CallError?] = []

  static func initialize(_ suspends: Bool, context: Context) -> Initial { .ok(SelfStopper(suspends: suspends)) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    if suspends { await Task.yield() }
    switch call {
    case .stopYourself(let way, let client):
      return .reply(await Self.stop(way, context.me), to: client)
    case .outcomes(let client):
      return .reply(outcomes, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) async -> Next {
    if suspends { await Task.yield() }
    switch cast {
    case .stopYourself(let way, let done):
      outcomes.append(await Self.stop(way, context.me))
      done.send()
      return .noReply
    }
  }

  private static func stop(_ way: Way, _ me: ServerRef<SelfStopper>) async -> CallError? {
    do throws(CallError) {
      switch way {
      case .me: try await me.stop()
      case .pid: try await SelfStopper.whereis(.type)?.stop()
      case .name: try await SelfStopper.named(.type).stop(.shutdown, timeout: .seconds(1))
      case .helper: try await stopWhoever(is: me)
      }
      return nil
    } catch {
      return error
    }
  }
}

private func stopWhoever(is server: ServerRef<SelfStopper>) async throws(CallError) { try await server.stop() }
