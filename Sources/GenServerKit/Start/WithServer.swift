/// Starts a server, runs `body` with it, and stops it, even when `body` throws or its task is cancelled.
///
/// ```swift
/// try await withServer(Stack.self, [1, 2, 3]) { stack in
///   stack.push(4)
///   print(try await stack.pop().get())     // 4
/// }
/// ```
///
/// When it returns, the server has ended. A server that ended earlier is no error here: its callers have heard of it.
///
/// - Throws: A `StartError`, what `body` throws, or `CallError.exit` if the server crashes while it is stopped.
@discardableResult
nonisolated(nonsending) public func withServer<Server: GenServer, Result: ~Copyable>(
  _ type: Server.Type, _ argument: sending Server.Argument, name: ProcessName<Server>? = nil,
  options: [StartOption] = [],
  _ body: nonisolated(nonsending) (ServerRef<Server>) async throws -> Result
) async throws -> Result {
  let process: ServerProcess<Server>
  switch await ServerProcess<Server>.start(argument, name: name, timeout: .infinity, options: options) {
  case .success(let started): process = started
  case .failure(let error): throw error
  }
  let result: Result
  do {
    result = try await body(ServerRef(process))
  } catch {
    _ = await process.stop(.normal, timeout: .infinity, shielded: true)
    throw error
  }
  switch await process.stop(.normal, timeout: .infinity, shielded: true) {
  case nil, .noProcess?: return result
  case let failure?: throw failure
  }
}

/// Starts a server that needs no argument, runs `body` with it, and stops it; see the other `withServer`.
@discardableResult
nonisolated(nonsending) public func withServer<Server: GenServer, Result: ~Copyable>(
  _ type: Server.Type, name: ProcessName<Server>? = nil, options: [StartOption] = [],
  _ body: nonisolated(nonsending) (ServerRef<Server>) async throws -> Result
) async throws -> Result where Server.Argument == Void {
  try await withServer(type, (), name: name, options: options, body)
}
