/// The name of one runtime in a cluster, such as `shop@example.org`.
public struct NodeName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  private let text: String

  public init(_ name: String) { text = name }
  public init(stringLiteral name: String) { self.init(name) }

  public var description: String { text }
}
