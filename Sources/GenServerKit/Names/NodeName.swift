/// The name of one runtime in a cluster, such as `shop@example.org`.
public struct NodeName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  private let text: String

  /// Makes the name from its text.
  public init(_ name: String) { text = name }

  /// Makes the name from a literal: `node: "shop@example.org"`.
  public init(stringLiteral name: String) { self.init(name) }

  public var description: String { text }
}
