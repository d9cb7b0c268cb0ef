/// A name that one process of the kind `Target` holds at a time.
///
/// ```swift
/// extension ProcessName<Counter> { static var main: Self { "main" } }
///
/// _ = try await Counter.start(0, name: .main)
/// try await Counter.named(.main).increment()
/// ```
///
/// A name belongs to the runtime in which it is used, or to a registry, and is free again before anyone hears of its
/// holder's end. All kinds of processes share one table: a name held by a process of another kind is
/// `CallError.wrongServer`. A process has one plain name at most, and any number in registries.
public struct ProcessName<Target>: Hashable, Sendable, ExpressibleByStringLiteral {
  @usableFromInline package let address: NamedAddress

  private init(_ address: NamedAddress) { self.address = address }

  /// Makes a name from its text, which must not be empty.
  public init(_ name: String) { address = NamedAddress(name) }

  /// Makes a name from a literal: `name: "main"`.
  public init(stringLiteral name: String) { self.init(name) }

  /// The name of the type itself, as `name: __MODULE__` in Elixir.
  public static var type: Self { Self(String(reflecting: Target.self)) }

  /// A name in a registry: `name: .via(shelf, "b17")`.
  ///
  /// The name belongs to the registry, and leads to the same process in all runtimes of the program. See `{:via,
  /// module, term}` in Elixir.
  public static func via<Registry, Key>(_ registry: Registry, _ key: Key) -> Self where Registry: ViaRegistry<Key> {
    Self(NamedAddress(RegistryKey(registry: registry, key: key)))
  }

  /// The name on another node; using it fails with `noConnection` while that node cannot be reached.
  ///
  /// A registry belongs to one program, so a name in it always fails on another node.
  public func on(_ node: NodeName) -> Self { Self(address.on(node)) }
}

extension ProcessName: CustomStringConvertible {
  /// Such as `main`, `main on shop` or `via Shelf "b17"`.
  public var description: String { address.description }
}
