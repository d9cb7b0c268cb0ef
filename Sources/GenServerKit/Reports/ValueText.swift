/// Puts a value into words, as printing it would, and stops when the text is as long as it may be: what is left out costs
/// nothing, however much it is.
///
/// Strings, arrays and the other containers of the standard library are walked; any other value with a description of its
/// own is described by that, and the rest is walked by its mirror. References are not followed: others may be changing
/// what lies behind them.
struct ValueText {
  private(set) var text = ""
  /// How many bytes the text has when nothing more is begun.
  private var end: Int
  private var depth = 0

  /// A tree of values may be deeper than a thread's stack.
  private static let depthLimit = 32

  init(limit: Int) { end = max(1, limit) }

  /// The text of `value`, about `limit` bytes of it: names and brackets are not cut.
  static func describing(_ value: Any, limit: Int) -> String {
    var text = ValueText(limit: limit)
    text.append(value, isDebug: false)
    return text.finished
  }

  var finished: String { Self.withoutAddresses(text) }

  /// How many bytes may still come.
  private var room: Int { end - text.utf8.count }

  /// What is short, and needed to read the rest.
  mutating func append(_ word: String) { text += word }

  /// As `print` writes the value, or as `debugPrint` does, which is how values stand inside of others.
  mutating func append(_ value: Any, isDebug: Bool) {
    if depth == Self.depthLimit { return append("…") }
    depth += 1
    defer { depth -= 1 }
    if let value = value as? any WalkedValue {
      value.append(to: &self, isDebug: isDebug)
    } else if let description = Self.description(of: value, isDebug: isDebug) {
      append(description[...], isQuoted: false)
    } else {
      appendReflected(value, isDebug: isDebug)
    }
  }

  /// What the type itself says of its value.
  private static func description(of value: Any, isDebug: Bool) -> String? {
    if isDebug, let value = value as? any CustomDebugStringConvertible { return value.debugDescription }
    if let value = value as? any CustomStringConvertible { return value.description }
    if let value = value as? any CustomDebugStringConvertible { return value.debugDescription }
    if value is any TextOutputStreamable { return "\(value)" }
    return nil
  }

  /// As much of a string as there is room for.
  mutating func append(_ string: Substring, isQuoted: Bool) {
    let bytes = string.utf8
    let size = bytes.count
    // What is short is left whole: to cut it would save nothing.
    if size <= max(24, room) { return append(isQuoted ? String(reflecting: String(string)) : String(string)) }
    var cut = bytes.index(bytes.startIndex, offsetBy: max(0, room))
    // Back to where a character begins.
    while cut > bytes.startIndex, bytes[cut] & 0xC0 == 0x80 { cut = bytes.index(before: cut) }
    let start = string[..<cut] + "…"
    append(isQuoted ? String(reflecting: String(start)) : String(start))
    append(" and \(size - bytes.distance(from: bytes.startIndex, to: cut)) more bytes")
  }

  /// Elements of which there may be many: as many as there is room for, and how many more.
  mutating func append<Elements: Sequence>(
    _ elements: Elements, count: Int, _ brackets: (String, String) = ("[", "]"),
    each append: (inout ValueText, Elements.Element) -> Void
  ) {
    self.append(brackets.0)
    var written = 0
    for element in elements {
      if room <= 0 { break }
      if written > 0 { self.append(", ") }
      append(&self, element)
      written += 1
    }
    if written < count { self.append("\(written > 0 ? ", " : "")and \(count - written) more") }
    self.append(brackets.1)
  }

  /// The values of a tuple, a structure or a case: few, each of which leaves some room to those behind it.
  mutating func append(values: some Collection<Mirror.Child>) {
    var left = values.count
    append(values, count: left, ("(", ")")) { text, child in
      left -= 1
      // Unlabelled elements are called ".0", ".1", and so on.
      if let label = child.label, !label.hasPrefix(".") { text.append("\(label): ") }
      let whole = text.end
      text.end -= min(max(0, text.room) / 2, 64 * left)
      text.append(child.value, isDebug: true)
      text.end = whole
    }
  }

  private mutating func appendReflected(_ value: Any, isDebug: Bool) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .tuple:
      append(values: mirror.children)
    case .struct:
      append(Self.name(of: mirror.subjectType, isDebug: isDebug))
      append(values: mirror.children)
    case .enum:
      // Without values a case is its name, which nothing else tells.
      guard let (label, payload) = mirror.children.first, let label else {
        return append(isDebug ? String(reflecting: value) : "\(value)")
      }
      append(isDebug ? "\(Self.name(of: mirror.subjectType, isDebug: true)).\(label)" : label)
      append(payload: payload)
    case .collection, .set:
      append(mirror.children, count: mirror.children.count) { $0.append($1.value, isDebug: true) }
    case .class:
      append(String(reflecting: mirror.subjectType))
    default:
      append((isDebug ? String(reflecting: value) : "\(value)")[...], isQuoted: false)
    }
  }

  private mutating func append(payload: Any) {
    let mirror = Mirror(reflecting: payload)
    if mirror.displayStyle == .tuple { return append(values: mirror.children) }
    append("(")
    append(payload, isDebug: true)
    append(")")
  }

  private static func name(of type: Any.Type, isDebug: Bool) -> String {
    isDebug ? String(reflecting: type) : "\(type)"
  }

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

/// What the standard library would describe as a whole, however large it is.
private protocol WalkedValue {
  func append(to text: inout ValueText, isDebug: Bool)
}

extension String: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) { text.append(self[...], isQuoted: isDebug) }
}

extension Substring: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) { text.append(self, isQuoted: isDebug) }
}

extension Optional: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    guard let self else { return text.append("nil") }
    text.append("Optional(")
    text.append(self, isDebug: true)
    text.append(")")
  }
}

extension AnyHashable: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    if !isDebug { return text.append(base, isDebug: false) }
    text.append("AnyHashable(")
    text.append(base, isDebug: true)
    text.append(")")
  }
}

extension Array: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    text.append(self, count: count) { $0.append($1, isDebug: true) }
  }
}

extension ArraySlice: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    text.append(self, count: count) { $0.append($1, isDebug: true) }
  }
}

extension ContiguousArray: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    text.append(self, count: count) { $0.append($1, isDebug: true) }
  }
}

extension Set: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    text.append(self, count: count) { $0.append($1, isDebug: true) }
  }
}

extension Dictionary: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    if isEmpty { return text.append("[:]") }
    text.append(self, count: count) { text, entry in
      text.append(entry.key, isDebug: true)
      text.append(": ")
      text.append(entry.value, isDebug: true)
    }
  }
}

extension Dictionary.Keys: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    text.append(self, count: count) { $0.append($1, isDebug: true) }
  }
}

extension Dictionary.Values: WalkedValue {
  fileprivate func append(to text: inout ValueText, isDebug: Bool) {
    text.append(self, count: count) { $0.append($1, isDebug: true) }
  }
}
