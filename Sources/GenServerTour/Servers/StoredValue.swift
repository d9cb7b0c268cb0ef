/// What a `KeyValueStore` keeps. Nothing is a value as well: a key that holds it is there until it is deleted.
enum StoredValue: Equatable, Sendable {
  case text(String)
  case number(Int)
  case nothing
}

extension StoredValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int) { self = .number(number) }
  init(nilLiteral: ()) { self = .nothing }
}

extension StoredValue: CustomStringConvertible {
  var description: String {
    switch self {
    case .text(let text): String(reflecting: text)
    case .number(let number): String(number)
    case .nothing: "nil"
    }
  }
}
