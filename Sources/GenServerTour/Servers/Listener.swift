import GenServerKit

/// Writes down all that is neither a call nor a cast, and tells a witness of it when it ends.
struct Listener: GenServer {
  struct LastWords: Equatable, Sendable {
    let reason: ExitReason
    let heard: [String]
  }
  enum Call: Sendable {
    case heard(ReplyTo<[String]>)
    case watch(PID, ReplyTo<Void>)
  }
  enum Info: Sendable {
    case bell
    case left(Down)
  }

  let witness: PID
  var heard: [String] = []

  static func initialize(_ witness: PID, context: Context) -> Initial { .ok(Listener(witness: witness)) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .heard(let client):
      return .reply(heard, to: client)
    case .watch(let pid, let client):
      context.monitor(pid, as: Info.left)
      return .reply(to: client)
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .bell: heard.append("the bell")
    case .left(let down): heard.append("somebody left: \(down.reason)")
    }
    return .noReply
  }

  mutating func handleUnexpected(_ message: any Sendable, context: Context) -> Next {
    heard.append("something else: \(message)")
    return .noReply
  }

  mutating func terminate(_ reason: ExitReason, context: Context) {
    witness.send(LastWords(reason: reason, heard: heard))
  }
}

extension ServerRef where Server == Listener {
  func heard() async throws(CallError) -> [String] { try await call { .heard($0) } }
  func watch(_ pid: PID) async throws(CallError) { try await call { .watch(pid, $0) } }
}
