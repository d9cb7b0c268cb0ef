public import Synchronization

/// How one of a server's handlers is written. This is known after the first message of its kind: the plain handler is
/// tried, and its default answers "not here".
@usableFromInline enum HandlerMode {
  @inlinable static var unknown: UInt8 { 0 }
  @inlinable static var plain: UInt8 { 1 }
  @inlinable static var async: UInt8 { 2 }
}

/// What the runtime knows about one server type, shared by all its processes, and the generic functions that it calls,
/// specialised where the server is written. They are closures made once per type, since a virtual method of a generic
/// class would not be specialised.
@usableFromInline package final class ProcessKind: Sendable {
  @usableFromInline let initialize = Atomic<UInt8>(HandlerMode.unknown)
  @usableFromInline let call = Atomic<UInt8>(HandlerMode.unknown)
  @usableFromInline let cast = Atomic<UInt8>(HandlerMode.unknown)
  @usableFromInline let info = Atomic<UInt8>(HandlerMode.unknown)
  @usableFromInline let step = Atomic<UInt8>(HandlerMode.unknown)

  /// Whether the server has no `terminate` of its own, which is known after the first end: such a server ends without a
  /// task.
  private let terminateIsDefault = Atomic<Bool>(false)
  private let earned = Atomic<Bool>(false)

  package let typeName: String

  /// Whose formatter says what people may see; nil where there is no server.
  let serverType: (any GenServer.Type)?

  /// Runs a process whose run right the thread holds.
  let drive: @Sendable (ProcessCore) -> Void
  /// Runs the process in an activation.
  let activate: @Sendable (ProcessCore) async -> Void
  /// Drops messages and state.
  let dropContents: @Sendable (ProcessCore) -> Void
  /// Puts a message of any type into the mailbox; the message of a timer only if the timer was not cancelled meanwhile.
  let deliver: @Sendable (ProcessCore, any Sendable, PID?, OwnedTimer?) -> Delivery
  /// Puts a request of the system into the mailbox, and lets go of its lock; false if the process has ended.
  let postUnderLock: @Sendable (ProcessCore, SystemMessage) -> Bool

  /// Counts the messages that wait; takes the lock.
  let waitingCount: @Sendable (ProcessCore) -> Int

  /// Ends a process whose run right the thread holds.
  let end: @Sendable (ProcessCore, ExitReason) -> Void

  /// The way to the processes of this kind, if they run elsewhere.
  let connection: (any ProcessConnection)?

  @usableFromInline init(
    typeName: String, serverType: (any GenServer.Type)? = nil, drive: @escaping @Sendable (ProcessCore) -> Void,
    activate: @escaping @Sendable (ProcessCore) async -> Void,
    dropContents: @escaping @Sendable (ProcessCore) -> Void,
    deliver: @escaping @Sendable (ProcessCore, any Sendable, PID?, OwnedTimer?) -> Delivery,
    postUnderLock: @escaping @Sendable (ProcessCore, SystemMessage) -> Bool,
    waitingCount: @escaping @Sendable (ProcessCore) -> Int,
    end: @escaping @Sendable (ProcessCore, ExitReason) -> Void, connection: (any ProcessConnection)? = nil
  ) {
    self.connection = connection
    self.typeName = typeName
    self.serverType = serverType
    self.drive = drive
    self.activate = activate
    self.dropContents = dropContents
    self.deliver = deliver
    self.postUnderLock = postUnderLock
    self.waitingCount = waitingCount
    self.end = end
  }

  /// Makes the kind of a process that has never lived.
  static func absent(_ typeName: String) -> ProcessKind {
    ProcessKind(
      typeName: typeName, drive: { _ in }, activate: { _ in }, dropContents: { _ in },
      deliver: { _, _, _, _ in .noProcess }, postUnderLock: ProcessCore.takesNothing, waitingCount: { _ in 0 },
      end: { _, _ in })
  }

  /// A new kind for the same type, about which nothing is known yet.
  var unlearned: ProcessKind {
    ProcessKind(
      typeName: typeName, serverType: serverType, drive: drive, activate: activate, dropContents: dropContents,
      deliver: deliver,
      postUnderLock: postUnderLock, waitingCount: waitingCount, end: end, connection: connection)
  }

  @usableFromInline var endsWithoutTask: Bool { terminateIsDefault.load(ordering: .relaxed) }
  func learnedDefaultTerminate() { terminateIsDefault.store(true, ordering: .relaxed) }

  var hasEarnedLending: Bool { earned.load(ordering: .relaxed) }
  func earnedLending() { earned.store(true, ordering: .relaxed) }
  func lostLending() { if hasEarnedLending { earned.store(false, ordering: .relaxed) } }

  private static let kinds = Locked<[ObjectIdentifier: ProcessKind]>([:])

  /// The kind of a server type, made when the first process of the type starts.
  @usableFromInline static func of(_ type: ObjectIdentifier, make: () -> ProcessKind) -> ProcessKind {
    kinds.withLock { kinds in
      if let kind = kinds[type] { return kind }
      let kind = make()
      kinds[type] = kind
      return kind
    }
  }
}

/// The kinds of one runtime, which learns about its servers for itself.
final class KindTable: Sendable {
  private let kinds = Locked<[ObjectIdentifier: ProcessKind]>([:])

  func kind(_ shared: ProcessKind) -> ProcessKind {
    kinds.withLock { kinds in
      if let kind = kinds[ObjectIdentifier(shared)] { return kind }
      let kind = shared.unlearned
      kinds[ObjectIdentifier(shared)] = kind
      return kind
    }
  }
}
