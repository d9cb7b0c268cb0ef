/// A name with the table in which it stands: the runtime's own, or a registry. The box keeps references small.
@usableFromInline package final class NamedAddress: Sendable {
  private enum Place: Sendable {
    case runtime(String)
    case registry(any ViaKey)
  }

  private let place: Place
  let node: NodeName?

  private init(_ place: Place, on node: NodeName?) {
    self.place = place
    self.node = node
  }

  convenience init(_ text: String) { self.init(.runtime(text), on: nil) }

  convenience init(_ key: some ViaKey) { self.init(.registry(key), on: nil) }

  func on(_ node: NodeName) -> NamedAddress { NamedAddress(place, on: node) }

  /// Whether the name stands in the runtime's own table.
  var isPlain: Bool { if case .runtime = place { true } else { false } }

  @usableFromInline var isEmpty: Bool { if case .runtime("") = place { true } else { false } }

  /// The name without its node. For a name in a registry this runs the user's code, which describes the key.
  var text: String {
    switch place {
    case .runtime(let text): text
    case .registry(let key): key.description
    }
  }

  /// The name as texts show it after the type of a server: a plain name in quotes.
  var shown: String { isPlain ? "\"\(description)\"" : description }

  /// The process that holds the name when it is used in `runtime`. A process that has ended holds none.
  func holder(in runtime: Runtime) -> ProcessCore? {
    let holder =
      switch place {
      case .runtime(let text): runtime.names.lookup(text)
      case .registry(let key): key.holder?.core
      }
    return holder.flatMap { $0.isAlive ? $0 : nil }
  }

  /// Puts the process into the table. Returns nil if that worked.
  func register(_ process: ProcessCore) -> NameError? {
    switch place {
    case .runtime(let text): process.runtime.names.register(process, as: text).map { .taken(PID($0)) }
    case .registry(let key): key.register(PID(process)) ? nil : key.holder.map { .taken($0) } ?? .refused
    }
  }

  func unregister(_ process: ProcessCore) {
    switch place {
    case .runtime(let text): process.runtime.names.unregister(text, of: process)
    case .registry(let key): key.unregister(PID(process))
    }
  }
}

extension NamedAddress: Hashable {
  @usableFromInline package static func == (a: NamedAddress, b: NamedAddress) -> Bool {
    if a === b { return true }
    guard a.node == b.node else { return false }
    switch (a.place, b.place) {
    case (.runtime(let a), .runtime(let b)): return a == b
    case (.registry(let a), .registry(let b)): return AnyHashable(a) == AnyHashable(b)
    default: return false
    }
  }

  @usableFromInline package func hash(into hasher: inout Hasher) {
    hasher.combine(node)
    switch place {
    case .runtime(let text): hasher.combine(text)
    case .registry(let key): hasher.combine(key)
    }
  }
}

extension NamedAddress: CustomStringConvertible {
  @usableFromInline package var description: String { node.map { "\(text) on \($0)" } ?? text }
}
