/// The text of a message: an enum case with its values, and without the handles for answers, which say nothing.
enum MessageText {
  static func describe(_ message: Any) -> String { withoutAddresses(text(of: message)) }

  private static func text(of message: Any) -> String {
    let mirror = Mirror(reflecting: message)
    guard mirror.displayStyle == .enum, let (label, payload) = mirror.children.first, let label else {
      return "\(message)"
    }
    if payload is any AnyReplyTo { return label }
    let inner = Mirror(reflecting: payload)
    guard inner.displayStyle == .tuple else { return "\(label)(\(quoted(payload)))" }
    let values = inner.children.filter { !($0.value is any AnyReplyTo) }.map { child in
      // Unlabelled elements are called ".0", ".1", and so on.
      let name = child.label.flatMap { $0.hasPrefix(".") ? nil : $0 + ": " } ?? ""
      return name + quoted(child.value)
    }
    return values.isEmpty ? label : "\(label)(\(values.joined(separator: ", ")))"
  }

  private static func quoted(_ value: Any) -> String { String(reflecting: value) }

  /// The names of private types come with an address, which says nothing, and is another one in each run of a program.
  private static func withoutAddresses(_ text: String) -> String {
    let mark = "(unknown context at $"
    guard text.contains(mark) else { return text }
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: mark), let end = rest[start.upperBound...].firstIndex(of: ")") {
      result += rest[..<start.lowerBound]
      rest = rest[end...].dropFirst()
      if rest.first == "." { rest.removeFirst() }
    }
    return result + rest
  }
}

/// A `ReplyTo` of any value.
protocol AnyReplyTo {}

extension ReplyTo: AnyReplyTo {}

extension ReplyTo: CustomStringConvertible {
  /// The type of the answer; the handle itself has nothing to show.
  public var description: String { "ReplyTo<\(Value.self)>" }
}
