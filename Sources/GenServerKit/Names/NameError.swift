/// Why a process did not get a name, or did not lose it.
///
/// ```swift
/// do throws(NameError) {
///   try counter.register(.main)
/// } catch {
///   if case .taken(let pid) = error { print("\(pid) is the main one already") }
/// }
/// ```
///
/// A function that throws it has changed nothing. A start under a name throws a `StartError` instead.
@nonexhaustive public enum NameError: Error, Equatable, Sendable {
  /// This process holds the name; it may be the very process that was to get it.
  case taken(PID)

  /// The process has this plain name already, and can have one only.
  case alreadyNamed(String)

  /// The process has ended, or the reference leads to none.
  case noProcess

  /// The plain name is empty.
  case emptyName

  /// The process does not hold the name, or did not get it by a start or by `register`.
  case notRegistered

  /// The registry refused the name, which no process holds.
  case refused

  /// The name is on another node; a process can only have names on its own node.
  case notOnThisNode(NodeName)
}

extension NameError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .taken(let pid): "the name is taken: \(pid.core.title) holds it"
    case .alreadyNamed(let name): "the process has a name already, \"\(name)\", and can have one only"
    case .noProcess: "no process: it has ended, or nobody holds the name that leads to it"
    case .emptyName: "a process name must not be empty"
    case .notRegistered: "the process does not hold the name"
    case .refused: "the registry refused the name, which no process holds"
    case .notOnThisNode(let node): "a process cannot have a name on another node, \(node)"
    }
  }
}
