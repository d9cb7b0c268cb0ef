extension Narrator {
  private static let widthOfCalls = 46
  private static let widthOfLists = 70

  /// A value as it is shown: texts in quotes, sets in order, types without their module.
  static func text(of value: Any) -> String {
    switch value {
    case is Void: ""
    case let value as any SelfTelling: value.told
    case let text as String: String(reflecting: text)
    case let texts as Set<String>: text(of: texts.sorted())
    case let list as [Any]: text(of: list)
    default:
      ["GenServerTour.", "GenServerKit."].reduce(String(describing: value)) { $0.replacing($1, with: "") }
    }
  }

  private static func text(of list: [Any]) -> String {
    let texts = list.map { text(of: $0) }
    let isLong = texts.reduce(0) { $0 + $1.count } > widthOfLists
    return "[\(texts.joined(separator: isLong ? ",\n " : ", "))]"
  }

  /// The call, and behind or below it the result, aligned with those of other calls.
  static func lines(of step: Step, _ style: Style) -> [String] {
    if step.result.isEmpty { return ["  \(step.call)"] }
    let results = step.result.split(separator: "\n", omittingEmptySubsequences: false).map { style.green(String($0)) }
    let column = String(repeating: " ", count: widthOfCalls)
    let isLong = step.call.count >= widthOfCalls
    let first = isLong ? column : step.call + column.dropFirst(step.call.count)
    let body = results.enumerated().map { index, line in
      index == 0 ? "  \(first)→ \(line)" : "  \(column)  \(line)"
    }
    return isLong ? ["  \(step.call)"] + body : body
  }
}

/// Values that hold others, whose own text would show those as for a debugger.
private protocol SelfTelling {
  var told: String { get }
}

extension Optional: SelfTelling {
  fileprivate var told: String { map { Narrator.text(of: $0) } ?? "nil" }
}

extension Result: SelfTelling {
  fileprivate var told: String {
    switch self {
    case .success(let value): "success(\(Narrator.text(of: value)))"
    case .failure(let error): "failure(\(Narrator.text(of: error)))"
    }
  }
}

extension Narrator.Style {
  func bold(_ text: String) -> String { marked(text, "1") }
  func green(_ text: String) -> String { marked(text, "32") }
  func red(_ text: String) -> String { marked(text, "31") }

  private func marked(_ text: String, _ code: String) -> String {
    switch self {
    case .plain: text
    case .coloured: "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
  }
}
