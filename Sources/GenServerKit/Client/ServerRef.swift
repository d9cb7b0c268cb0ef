/// The typed address of a server: its pid, or a name that is looked up at each use.
///
/// ```swift
/// let counter = try await Counter.start(0, name: .main)
/// let same = Counter.named(.main)               // survives a restart
/// let value = try await same.within(.seconds(1)).increment()
/// ```
///
/// Dropping a reference does not stop the server: `stop` does, and `withServer` at the end of its scope. A reference by
/// pid leads to one process for ever. A reference by name leads to the process that holds the name at that moment, in
/// the runtime where the reference is used or in the name's registry.
public struct ServerRef<Server: GenServer>: Sendable {
  @usableFromInline let process: ServerProcess<Server>?
  @usableFromInline let address: NamedAddress?
  @usableFromInline let timeout: Timeout?

  @inlinable init(_ process: ServerProcess<Server>) {
    self.process = process
    address = nil
    timeout = nil
  }

  @inlinable init(_ process: ServerProcess<Server>?, _ address: NamedAddress?, _ timeout: Timeout?) {
    self.process = process
    self.address = address
    self.timeout = timeout
  }

  /// The server behind a pid; nil if the process is no server of this type.
  ///
  /// ```swift
  /// guard let counter = Counter.Ref(down.pid) else { return .noReply }
  /// ```
  ///
  /// The reference leads to that process for ever, even after it has ended: calls then fail with `noProcess`.
  public init?(_ pid: PID) {
    guard type(of: pid.core) == ServerProcess<Server>.self else { return nil }
    self.init(unsafeDowncast(pid.core, to: ServerProcess<Server>.self))
  }

  /// A reference to the server of that name, which is looked up at each use.
  public static func named(_ name: ProcessName<Server>) -> Self {
    Self(nil, name.address, nil)
  }

  /// The process that the reference leads to now; nil if nobody holds the name, or a server of another type does.
  public var pid: PID? { (try? resolved.get()).map { PID($0) } }

  /// Whether the reference leads to a process that has not ended; one that is exiting still counts.
  public var isAlive: Bool { (try? resolved.get())?.isAlive ?? false }

  /// The same server, for which calls wait at most this long unless they say otherwise:
  /// `stack.within(.seconds(1)).pop()`.
  ///
  /// The limit also holds for everything else that waits for the server: the `value` of a request, `context.request`,
  /// `stop`, `cast(_:whenFull:)`, ``Sys``.
  public func within(_ timeout: Timeout) -> Self { Self(process, address, timeout) }

  @inlinable var resolved: Result<ServerProcess<Server>, CallError> {
    if let process { return .success(process) }
    return lookup()
  }

  /// The process that the reference leads to, without the server's type.
  @usableFromInline var resolvedCore: Result<ProcessCore, CallError> {
    if let process { return .success(process) }
    switch lookup() {
    case .success(let process): return .success(process)
    case .failure(let error): return .failure(error)
    }
  }

  @usableFromInline func lookup() -> Result<ServerProcess<Server>, CallError> { lookup(in: .current) }

  func lookup(in runtime: Runtime) -> Result<ServerProcess<Server>, CallError> {
    guard let address else { return .failure(.noProcess()) }
    if let node = address.node, node != runtime.node { return .failure(.noConnection()) }
    guard let core = address.holder(in: runtime) else { return .failure(.noProcess()) }
    guard type(of: core) == ServerProcess<Server>.self else {
      return .failure(.wrongServer(expected: ServerProcess<Server>.nameOfType, found: core.kind.typeName))
    }
    return .success(unsafeDowncast(core, to: ServerProcess<Server>.self))
  }
}

extension ServerRef: Hashable {
  /// Whether both are the same address; their time limits do not count.
  public static func == (a: Self, b: Self) -> Bool { a.process === b.process && a.address == b.address }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(process.map(ObjectIdentifier.init))
    hasher.combine(address)
  }
}

extension ServerRef: CustomStringConvertible {
  /// Such as `Counter <0.3.0>`, `Counter "main"` or `Counter via Shelf "b17"`.
  public var description: String {
    if let process { return process.title }
    return "\(Server.self) \(address?.shown ?? "")"
  }
}
