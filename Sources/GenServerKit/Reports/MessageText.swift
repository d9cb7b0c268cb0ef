private import GenServerKitC

/// The text of a message: an enum case with its values, and without the handles for answers, which say nothing.
enum MessageText {
  static func describe(_ message: Any, limit: Int = ReportLimits.default.request) -> String {
    var text = ValueText(limit: limit)
    append(message, to: &text)
    return text.finished
  }

  private static func append(_ message: Any, to text: inout ValueText) {
    if message is any CustomStringConvertible || message is any CustomDebugStringConvertible {
      return text.append(message, isDebug: false)
    }
    let mirror = Mirror(reflecting: message)
    guard mirror.displayStyle == .enum, let (label, payload) = mirror.children.first, let label else {
      return text.append(message, isDebug: false)
    }
    text.append(label)
    if payload is any AnyReplyTo { return }
    let inner = Mirror(reflecting: payload)
    let values =
      inner.displayStyle == .tuple
      ? inner.children.filter { !($0.value is any AnyReplyTo) } : [(label: nil, value: payload)]
    if !values.isEmpty { text.append(values: values) }
  }

  /// The name of an enum's case, which costs next to nothing and keeps nothing of the message; of any other type its name.
  static func caseName<Message>(of message: Message) -> String {
    let name = withUnsafePointer(to: message) {
      gs_enum_case_name($0, unsafeBitCast(Message.self, to: UnsafeRawPointer.self))
    }
    return name.map { String(cString: $0) } ?? "\(Message.self)"
  }
}

/// A `ReplyTo` of any value.
protocol AnyReplyTo {}

extension ReplyTo: AnyReplyTo {}

extension ReplyTo: CustomStringConvertible {
  /// The type of the answer; the handle itself has nothing to show.
  public var description: String { "ReplyTo<\(Value.self)>" }
}
