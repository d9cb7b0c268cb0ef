/// Who called whom with what, for people to read.
///
/// ```swift
/// logger.error("\(error)", metadata: ["at": "\(error.details.fileID):\(error.details.line)"])
/// ```
public struct CallDetails: Sendable {
  private final class Storage: Sendable {
    let caller: PID?
    let server: String
    let verb: String
    let request: String
    let timeout: String?
    let site: CallSite

    init(caller: PID?, server: String, verb: String, request: String, timeout: String?, site: CallSite) {
      self.caller = caller
      self.server = server
      self.verb = verb
      self.request = request
      self.timeout = timeout
      self.site = site
    }
  }

  // In a box, so that an error without details costs nothing.
  private let storage: Storage?

  /// No details: for comparing and matching errors.
  public static var unknown: Self { Self(storage: nil) }

  private init(storage: Storage?) { self.storage = storage }

  package init(
    caller: PID?, server: String, verb: String = "call", request: String, timeout: String? = nil, site: CallSite
  ) {
    storage = Storage(
      caller: caller, server: server, verb: verb, request: request, timeout: timeout, site: site)
  }

  /// The process that called, or nil if it was no process.
  public var caller: PID? { storage?.caller }

  /// The server's type, and its name or pid.
  public var server: String { storage?.server ?? "" }

  /// The request as the server's status formatter shows it.
  public var request: String { storage?.request ?? "" }

  /// The function that made the call.
  public var function: String { storage?.site.function.description ?? "" }

  /// The module and file in which it stands.
  public var fileID: String { storage?.site.fileID.description ?? "" }

  /// The line of the call; 0 if it is not known.
  public var line: Int { Int(storage?.site.line ?? 0) }

  var callText: String? {
    guard let storage else { return nil }
    let arguments = [storage.request, storage.timeout].compactMap { $0 }.filter { !$0.isEmpty }
    let caller = storage.caller.map { $0.core.title } ?? "a task that is no process"
    return """
      \(storage.server).\(storage.verb)(\(arguments.joined(separator: ", ")))
          by \(caller), in \(storage.site.function) at \(storage.site.fileID):\(storage.site.line)
      """
  }
}

/// Where in the source something was called.
package struct CallSite: Sendable {
  package let function: StaticString
  package let fileID: StaticString
  package let line: UInt

  package init(_ function: StaticString, _ fileID: StaticString, _ line: UInt) {
    self.function = function
    self.fileID = fileID
    self.line = line
  }
}
