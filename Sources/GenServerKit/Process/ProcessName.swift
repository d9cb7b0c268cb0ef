/// A name that one process of the kind `Target` holds at a time.
///
/// ```swift
/// extension ProcessName<Counter> { static var main: Self { "main" } }
///
/// _ = try await Counter.start(0, name: .main)
/// try await Counter.named(.main).increment()
/// ```
///
/// A name belongs to the runtime in which it is used, and is free again before anyone hears of its holder's end. All
/// kinds of processes share one table: a name held by a process of another kind is `CallError.wrongServer`.
public struct ProcessName<Target>: Hashable, Sendable, ExpressibleByStringLiteral {
  package let text: String
  package let node: NodeName?

  /// The name that is spelled `name`; any text is good.
  public init(_ name: String) {
    text = name
    node = nil
  }

  /// The same from a literal: `name: "main"`.
  public init(stringLiteral name: String) { self.init(name) }

  private init(_ text: String, on node: NodeName) {
    self.text = text
    self.node = node
  }

  /// The name of the type itself, as `name: __MODULE__` in Elixir.
  public static var type: Self { Self(String(reflecting: Target.self)) }

  /// The same name on another node, which fails with `noConnection` while that node cannot be reached.
  public func on(_ node: NodeName) -> Self { Self(text, on: node) }
}

extension ProcessName: CustomStringConvertible {
  public var description: String { node.map { "\(text) on \($0)" } ?? text }
}
