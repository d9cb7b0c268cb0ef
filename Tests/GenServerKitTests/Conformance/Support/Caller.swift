import GenServerKit

/// Who makes a call.
struct Caller: Sendable {
  enum Kind: CaseIterable {
    case task
    case process
  }

  /// Nil for a task that is no process.
  let process: ServerRef<Client>?

  init(_ kind: Kind) async throws(StartError) {
    process = kind == .process ? try await Client.start() : nil
  }

  func ask(
    _ probe: ProbeServer, timeout: Timeout? = nil, _ request: @escaping @Sendable (ReplyTo<String>) -> ProbeCall
  ) async throws(CallError) -> String {
    guard let process else { return try await probe.call(timeout: timeout, request) }
    return try await process.ask(probe, timeout: timeout, request)
  }

  /// What reached the mailbox of the caller beside answers.
  func received() async throws(CallError) -> [String] { try await process?.received() ?? [] }
}
