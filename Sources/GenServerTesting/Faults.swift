public import GenServerKit

/// What is to go wrong in the servers of a test's runtime.
///
/// ```swift
/// test.faults.inject(.kill(atMessage: 3), into: Counter.self)
/// let counter = try await test.start(Counter.self, 0, mayCrash: true)
/// ```
///
/// A fault is for a type of servers, and for those that are started later, whoever starts them: also a server that a
/// supervisor starts anew, or that is started deep inside what is tested. Other servers do not notice.
///
/// A fault that has happened to no server when the test's body returns fails the test, with the line of `inject` and what
/// there was instead: the test would have shown nothing.
public struct Faults: Sendable {
  let book: FaultBook
  let injected: InjectedFaults

  /// Lets something go wrong in the next server of the type that is started, or in as many as `times` says.
  ///
  /// Faults that are injected together are for the same server. Injected one after the other they are for one start after
  /// the other: `inject(.failStart(.killed), into: Cache.self, times: 2)` lets two starts fail and the third succeed.
  public func inject<Server: GenServer>(
    _ faults: Fault..., into type: Server.Type, times: Int = 1, fileID: StaticString = #fileID,
    filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
  ) {
    if times < 1 { return }
    var entry = FaultBook.Entry()
    for fault in faults { fault.add(&entry) }
    let injection = FaultBook.Injection(entry)
    injected.add(injection, into: "\(type)", at: SourcePlace(fileID, filePath, line, column))
    book.add(injection, to: ObjectIdentifier(type), times: times)
  }
}

/// One thing that goes wrong in a server.
///
/// Messages are counted from 1, as they are taken out of the mailbox: calls, casts, and what `send` and timers bring; the
/// ends of watched and linked processes, answers to requests and idle timeouts are not counted. To end a server at one of
/// these, let it come to that point, and call `exit(.killed)` on it.
public struct Fault: Sendable {
  let add: @Sendable (inout FaultBook.Entry) -> Void

  /// Kills the server before it handles its n-th message: `terminate` does not run, and callers get `exit(killed)`.
  public static func kill(atMessage number: Int) -> Self { exit(.killed, atMessage: number) }

  /// Ends the server with this reason before it handles its n-th message, as an exit signal would that it does not trap.
  public static func exit(_ reason: ExitReason, atMessage number: Int) -> Self {
    Self { $0.messages[number] = .exit(reason) }
  }

  /// Keeps the n-th message from the server for so much time of the runtime's clock; later ones overtake it.
  public static func delay(message number: Int, by duration: Duration) -> Self {
    Self { $0.messages[number] = .delay(duration) }
  }

  /// Loses the answer to the n-th call. The server believes that it was taken, and the caller waits until its time is up or
  /// the server ends.
  public static func dropReply(toCall number: Int) -> Self { Self { $0.replies[number] = .drop } }

  /// Lets the answer to the n-th call arrive later, by so much time of the runtime's clock; the server goes on meanwhile.
  public static func delayReply(toCall number: Int, by duration: Duration) -> Self {
    Self { $0.replies[number] = .delay(duration) }
  }

  /// Lets the start throw `StartError.failed` with this reason, without running `initialize`.
  public static func failStart(_ reason: ExitReason) -> Self { Self { $0.startFailure = reason } }
}

extension TestRuntime {
  /// What is to go wrong in this test.
  public var faults: Faults { Faults(book: runtime.faults ?? FaultBook(), injected: injected) }
}
