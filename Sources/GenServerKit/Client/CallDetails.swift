/// Who called whom with what, for people to read.
///
/// ```swift
/// logger.error("\(error)", metadata: ["at": "\(error.details.fileID):\(error.details.line)"])
/// ```
///
/// The texts are made when they are first read: a failure that nobody reads costs none. Until then the details keep the
/// request. How long its text may become, ``ReportLimits`` says.
public struct CallDetails: Sendable {
  private final class Storage: Sendable {
    let caller: PID?
    let server: CalledServer
    let verb: String
    let request: RequestText
    let timeout: Timeout?
    let site: CallSite

    init(
      caller: PID?, server: CalledServer, verb: String, request: RequestText, timeout: Timeout?, site: CallSite
    ) {
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

  var isKnown: Bool { storage != nil }

  init(
    caller: ProcessCore? = ProcessCore.ambient, server: CalledServer, verb: String = "call", request: RequestText,
    timeout: Timeout? = nil, site: CallSite
  ) {
    storage = Storage(
      caller: caller.map { PID($0) }, server: server, verb: verb, request: request, timeout: timeout, site: site)
  }

  /// The process that called, or nil if it was no process.
  public var caller: PID? { storage?.caller }

  /// The server's type, and its name or pid.
  public var server: String { storage?.server.text ?? "" }

  /// The request as the server's status formatter shows it.
  ///
  /// Of one that was sent by `sendRequest` or `context.request` and failed later it is the name of its case alone: the
  /// library keeps nothing of a request that is on its way.
  public var request: String { storage?.request.text ?? "" }

  /// The function that made the call.
  public var function: String { storage?.site.function.description ?? "" }

  /// The module and file in which it stands.
  public var fileID: String { storage?.site.fileID.description ?? "" }

  /// The line of the call; 0 if it is not known.
  public var line: Int { Int(storage?.site.line ?? 0) }

  var callText: String? {
    guard let storage else { return nil }
    let arguments = [storage.request.text, storage.timeout?.description ?? ""].filter { !$0.isEmpty }
    let caller = storage.caller.map { $0.core.title } ?? "a task that is no process"
    return """
      \(server).\(storage.verb)(\(arguments.joined(separator: ", ")))
          by \(caller), in \(storage.site.function) at \(storage.site.fileID):\(storage.site.line)
      """
  }

  /// The reason for which the server ended, as its status formatter shows it.
  func text(of reason: ExitReason) -> String { storage?.server.text(of: reason) ?? "\(reason)" }

  /// The text of the request is made now, for an error that may be kept for long, so that the request is not.
  func letGoOfRequest() { _ = request }
}

extension CallDetails: CustomStringConvertible {
  /// Who called whom with what, from where; empty if that is not known.
  public var description: String { callText ?? "" }
}

extension CallDetails: CustomReflectable {
  /// Nothing but the text: behind it lie processes that run, which a failed expectation or a `dump` would walk into.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// The text of a request, mostly one that is still to be made.
enum RequestText: Sendable {
  case text(String)
  case lazy(LazyText)

  static let none = Self.text("")

  /// As the server's status formatter shows it.
  static func of(_ request: some Sendable, to type: (any GenServer.Type)?) -> Self {
    let limit = Runtime.current.reportLimits.request
    return .lazy(LazyText { ShownStatus.text(ofMessage: request, by: type, limit: limit) })
  }

  /// Of a request that goes on its way, of which nothing can be kept: its handle would be kept with it, and nobody would
  /// notice that the others are gone. Where somebody reads all that happens it is made at once.
  static func sent<Server: GenServer>(_ request: Server.Call, to process: ServerProcess<Server>) -> Self {
    guard process.runtime.isTold else { return .text(MessageText.caseName(of: request)) }
    return .text(
      ShownStatus.text(ofMessage: request, by: Server.self, limit: process.runtime.reportLimits.request))
  }

  var text: String {
    switch self {
    case .text(let text): text
    case .lazy(let text): text.text
    }
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
