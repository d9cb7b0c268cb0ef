public import GenServerKit

/// Injects faults into the servers of a test's runtime.
///
/// ```swift
/// test.faults.inject(.kill(atMessage: 3), into: Counter.self)
/// let counter = try await test.start(Counter.self, 0, mayCrash: true)
/// ```
///
/// A fault is for servers of one type that are started later, wherever they are started: by a supervisor that restarts
/// them, or deep inside the code under test. Other servers do not notice.
///
/// If a fault has happened to no server when the test's body returns, the test fails, with the line of `inject` and
/// what there was instead: without the fault it would have shown nothing.
public struct Faults: Sendable {
  let book: FaultBook
  let injected: InjectedFaults

  /// Injects faults into the next server of the type that is started, or into as many as `times` says.
  ///
  /// Faults that one call injects are for the same server. Those of a later call are for a later start:
  /// `inject(.failStart(.killed), into: Cache.self, times: 2)` lets two starts fail and the third succeed.
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
/// Messages are counted from 1, as they are taken out of the mailbox: calls, casts, and what `send` and timers bring;
/// the ends of watched and linked processes, answers to requests and idle timeouts are not counted. To end a server at
/// one of those, wait until it gets there, and call `exit(.killed)` on it.
public struct Fault: Sendable {
  let add: @Sendable (inout FaultBook.Entry) -> Void

  /// Kills the server before it handles its n-th message: `terminate` does not run, and callers get `exit(killed)`.
  public static func kill(atMessage number: Int) -> Self { exit(.killed, atMessage: number) }

  /// Ends the server with this reason before it handles its n-th message, as an exit signal that it does not trap
  /// would.
  public static func exit(_ reason: ExitReason, atMessage number: Int) -> Self {
    Self { $0.messages[number] = .exit(reason) }
  }

  /// Holds the n-th message back for `duration` on the runtime's clock; later messages overtake it.
  public static func delay(message number: Int, by duration: Duration) -> Self {
    Self { $0.messages[number] = .delay(duration) }
  }

  /// Loses the answer to the n-th call. The server believes that it was taken, and the caller waits until its time is
  /// up or the server ends.
  public static func dropReply(toCall number: Int) -> Self { Self { $0.replies[number] = .drop } }

  /// Delays the answer to the n-th call by `duration` on the runtime's clock; the server goes on meanwhile.
  public static func delayReply(toCall number: Int, by duration: Duration) -> Self {
    Self { $0.replies[number] = .delay(duration) }
  }

  /// Makes the start throw `StartError.failed` with this reason, without running `initialize`.
  public static func failStart(_ reason: ExitReason) -> Self { Self { $0.startFailure = reason } }
}

extension TestRuntime {
  /// The faults of this test.
  public var faults: Faults { Faults(book: runtime.faults ?? FaultBook(), injected: injected) }
}
