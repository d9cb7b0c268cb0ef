// Prints every public declaration of the modules whose symbol graphs are given, as Markdown: one block of Swift per type,
// each declaration with the first sentence of its documentation. `scripts/api` runs it.

import Foundation

struct SymbolGraph: Decodable {
  struct Module: Decodable { let name: String }

  struct Relationship: Decodable {
    let kind: String
    let source: String
    let target: String
    let targetFallback: String?
  }

  let module: Module
  let symbols: [Symbol]
  let relationships: [Relationship]
}

struct Symbol: Decodable {
  struct Identifier: Decodable { let precise: String }
  struct Kind: Decodable { let identifier: String }
  struct Fragment: Decodable { let spelling: String }
  struct Location: Decodable {
    struct Position: Decodable { let line: Int }
    let uri: String
    let position: Position
  }
  struct Documentation: Decodable {
    struct Line: Decodable { let text: String }
    let lines: [Line]
    let module: String?
  }
  struct Constraint: Decodable, Hashable {
    let kind: String
    let lhs: String
    let rhs: String
  }
  struct Constraints: Decodable { let constraints: [Constraint]? }

  let identifier: Identifier
  let kind: Kind
  let pathComponents: [String]
  let declarationFragments: [Fragment]
  let location: Location?
  let docComment: Documentation?
  let swiftGenerics: Constraints?
  let swiftExtension: Constraints?
}

extension Symbol {
  var name: String { pathComponents.last ?? "" }

  var baseName: Substring { name.prefix { $0 != "(" } }

  var isType: Bool {
    ["swift.struct", "swift.enum", "swift.class", "swift.protocol", "swift.actor"].contains(kind.identifier)
  }

  var declaration: String {
    declarationFragments.map(\.spelling).joined().replacing(" : ", with: ": ").replacing(" == ()", with: " == Void")
  }

  /// The first sentence, unless the text comes with a conformance to somebody else's protocol.
  func summary(in module: String) -> String? {
    guard let docComment, docComment.module == module else { return nil }
    let paragraph = docComment.lines.map(\.text).prefix { !$0.isEmpty }.joined(separator: " ")
    var isCode = false
    var previous: Character?
    for index in paragraph.indices {
      let character = paragraph[index]
      if character == "`" { isCode.toggle() }
      if character == " ", previous == ".", !isCode { return String(paragraph[..<index]) }
      previous = character
    }
    return paragraph.isEmpty ? nil : paragraph
  }
}

struct View {
  static let width = 120
  /// What every type has unless it says otherwise, or what another conformance in the list brings along.
  static let impliedConformances: Set = [
    "Swift.Copyable", "Swift.Escapable", "Swift.BitwiseCopyable", "Swift.SendableMetatype", "Swift.Equatable",
  ]

  let module: String
  private let symbols: [Symbol]
  private var owners: [String: String] = [:]
  private var conformances: [String: Set<String>] = [:]
  private var lines: [String] = []

  /// The graphs of one module: its own, and those of what it adds to the types of others.
  init(_ graphs: [SymbolGraph]) {
    module = graphs.first?.module.name ?? ""
    var defaults: Set<String> = []
    for relationship in graphs.flatMap(\.relationships) {
      switch relationship.kind {
      case "memberOf", "requirementOf", "optionalRequirementOf": owners[relationship.source] = relationship.target
      case "defaultImplementationOf": defaults.insert(relationship.source)
      case "conformsTo":
        if let name = relationship.targetFallback { conformances[relationship.source, default: []].insert(name) }
      default: break
      }
    }
    // A default reads like its requirement.
    symbols = graphs.flatMap(\.symbols).filter {
      !defaults.contains($0.identifier.precise) && $0.kind.identifier != "swift.extension"
    }
  }

  mutating func text() -> String {
    lines = ["## \(module)", ""]
    let topLevel = symbols.filter { owners[$0.identifier.precise] == nil }
    for type in topLevel.filter(\.isType).sorted(by: { $0.name < $1.name }) {
      lines += ["### \(type.name)", "", "```swift"]
      add(type, indentation: "")
      lines += ["```", ""]
    }
    let others = topLevel.filter { !$0.isType }
    if !others.isEmpty {
      lines += ["### Functions", "", "```swift"]
      addMembers(others, indentation: "")
      lines += ["```", ""]
    }
    addExtensionsOfOthers()
    return lines.joined(separator: "\n")
  }

  /// Members of types that are none of the module's.
  private mutating func addExtensionsOfOthers() {
    let own = Set(symbols.map(\.identifier.precise))
    let members = symbols.filter { owners[$0.identifier.precise].map { !own.contains($0) } ?? false }
    let groups = Dictionary(grouping: members) { member in
      let clause = clause(of: member, beyond: [])
      return "\(member.pathComponents.first ?? "")" + (clause.isEmpty ? "" : " where \(clause)")
    }
    for (head, members) in groups.sorted(by: { $0.key < $1.key }) {
      lines += ["### \(head.prefix { $0 != " " })", "", "```swift", "extension \(head) {"]
      addMembers(members.sorted { $0.name < $1.name }, indentation: "  ")
      lines += ["}", "```", ""]
    }
  }

  private mutating func add(_ symbol: Symbol, indentation: String) {
    if let summary = symbol.summary(in: module) {
      add(words: "/// \(summary)".split(separator: " "), indentation, continuation: "/// ")
    }
    guard symbol.isType else { return add(wrapped: symbol.declaration, indentation) }

    let own = Set(symbol.swiftGenerics?.constraints ?? [])
    let members = symbols.filter { owners[$0.identifier.precise] == symbol.identifier.precise }
    let sorted = members.sorted { key($0, in: symbol) < key($1, in: symbol) }
    let inBody = sorted.filter { clause(of: $0, beyond: own).isEmpty }
    add(words: "\(head(of: symbol)) {".split(separator: " "), indentation, continuation: "  ")
    addMembers(inBody, indentation: indentation + "  ")
    lines.append(indentation + "}")
    // Members that need more than the type itself does.
    let clauses = sorted.map { clause(of: $0, beyond: own) }
    for wanted in Set(clauses).sorted() where !wanted.isEmpty {
      lines += ["", "\(indentation)extension \(symbol.name) where \(wanted) {"]
      addMembers(zip(sorted, clauses).filter { $1 == wanted }.map(\.0), indentation: indentation + "  ")
      lines.append(indentation + "}")
    }
  }

  /// Declarations apart from each other, but for those without text that belong to the one before.
  private mutating func addMembers(_ members: [Symbol], indentation: String) {
    var previous: Symbol?
    for member in members {
      if let previous {
        let isDocumented = member.summary(in: module) != nil
        let belongs = previous.baseName == member.baseName || previous.summary(in: module) == nil
        if isDocumented || !belongs || member.isType { lines.append("") }
      }
      add(member, indentation: indentation)
      previous = member
    }
  }

  private func head(of symbol: Symbol) -> String {
    if symbol.kind.identifier == "swift.protocol" { return symbol.declaration }
    let names = conformances[symbol.identifier.precise, default: []]
    let shown =
      names.filter { !Self.impliedConformances.contains($0) || isPlainEquatable($0, names) }
      .map { $0.split(separator: ".").last.map(String.init) ?? $0 }.sorted() + suppressions(of: symbol, names)
    guard !shown.isEmpty else { return symbol.declaration }
    let list = shown.joined(separator: ", ")
    guard let clause = symbol.declaration.firstRange(of: " where ") else { return "\(symbol.declaration): \(list)" }
    return symbol.declaration[..<clause.lowerBound] + ": \(list)" + symbol.declaration[clause.lowerBound...]
  }

  /// What a type lacks that every other one has. Protocols do not say so in the graph.
  private func suppressions(of symbol: Symbol, _ conformances: Set<String>) -> [String] {
    let isValue = ["swift.struct", "swift.enum"].contains(symbol.kind.identifier)
    return isValue && !conformances.contains("Swift.Copyable") ? ["~Copyable"] : []
  }

  private func isPlainEquatable(_ name: String, _ names: Set<String>) -> Bool {
    name == "Swift.Equatable" && !names.contains("Swift.Hashable")
  }

  private func clause(of member: Symbol, beyond own: Set<Symbol.Constraint>) -> String {
    let constraints = member.swiftExtension?.constraints ?? []
    let texts = constraints.filter { !own.contains($0) }.map { constraint in
      let left = constraint.lhs.replacing("Self.", with: "")
      return constraint.kind == "sameType"
        ? "\(left) == \(constraint.rhs == "()" ? "Void" : constraint.rhs)" : "\(left): \(constraint.rhs)"
    }
    return texts.joined(separator: ", ")
  }

  /// First what stands in the file of the type itself.
  private func key(_ member: Symbol, in type: Symbol) -> (Int, String, Int) {
    guard let location = member.location else { return (2, member.name, 0) }
    return (location.uri == type.location?.uri ? 0 : 1, location.uri, location.position.line)
  }

  /// Fills lines with the words.
  private mutating func add(words: [Substring], _ indentation: String, continuation: String = "") {
    var line = ""
    for word in words {
      if line.isEmpty {
        line = indentation + word
      } else if line.count + 1 + word.count <= Self.width {
        line += " " + word
      } else {
        lines.append(line)
        line = indentation + continuation + word
      }
    }
    lines.append(line)
  }

  /// A declaration that is too long has its parameters on lines of their own.
  private mutating func add(wrapped declaration: String, _ indentation: String) {
    guard indentation.count + declaration.count > Self.width,
      let name = declaration.firstRange(of: /func |init/),
      let open = declaration[name.upperBound...].firstIndex(of: "("),
      let parameters = Self.parameters(declaration[declaration.index(after: open)...])
    else { return lines.append(indentation + declaration) }
    lines.append(indentation + declaration[...open])
    add(words: parameters.list, indentation + "  ")
    add(words: ")\(parameters.rest)".split(separator: " "), indentation)
  }

  /// Cuts behind the commas, and at the end, of a list whose opening parenthesis is gone.
  private static func parameters(_ text: Substring) -> (list: [Substring], rest: Substring)? {
    var list: [Substring] = []
    var depth = 0
    var start = text.startIndex
    for index in text.indices {
      switch text[index] {
      case "(", "[", "<": depth += 1
      case ")" where depth == 0: return (list + [text[start..<index]], text[text.index(after: index)...])
      case ")", "]": depth -= 1
      // Not that of an arrow.
      case ">" where index == text.startIndex || text[text.index(before: index)] != "-": depth -= 1
      case "," where depth == 0:
        list.append(text[start...index])
        start = text.index(index, offsetBy: 2)
      default: break
      }
    }
    return nil
  }
}

let graphs = try CommandLine.arguments.dropFirst().map { path in
  try JSONDecoder().decode(SymbolGraph.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
}
var modules: [String] = []
for graph in graphs where !modules.contains(graph.module.name) { modules.append(graph.module.name) }
let texts = modules.map { module in
  var view = View(graphs.filter { $0.module.name == module })
  return view.text()
}
print(texts.joined(separator: "\n"), terminator: "")
