import GenServerKit
import GenServerTesting
import Testing

/// The kinds of processes for which timers have to behave in the same way.
enum AlarmKind: CaseIterable {
  case plain, plainLending, async, asyncLending, raw

  static let servers: [Self] = [.plain, .plainLending, .async, .asyncLending]

  private var lending: StartOption {
    switch self {
    case .plain, .async, .raw: .callsInPlace(.never)
    case .plainLending, .asyncLending: .callsInPlace(.always)
    }
  }

  /// Starts one, under the name if it is a server.
  func start(_ test: TestRuntime, name: String? = nil) async throws -> AlarmSubject {
    try await start(AlarmLog(from: test.clock.now), name: name)
  }

  /// Whoever holds the name.
  func named(_ name: String) -> any AlarmTarget {
    switch self {
    case .plain, .plainLending, .raw: PlainAlarm.named(ProcessName(name))
    case .async, .asyncLending: AsyncAlarm.named(ProcessName(name))
    }
  }

  func start(_ log: AlarmLog, name: String? = nil) async throws -> AlarmSubject {
    switch self {
    case .plain, .plainLending:
      try await AlarmSubject(PlainAlarm.start(log, name: name.map { ProcessName($0) }, options: [lending]), log)
    case .async, .asyncLending:
      try await AlarmSubject(AsyncAlarm.start(log, name: name.map { ProcessName($0) }, options: [lending]), log)
    case .raw: AlarmSubject(raw: log)
    }
  }
}

/// A process that sets timers for itself when it is told to.
struct AlarmSubject: Sendable {
  let pid: PID
  /// A reference by pid.
  let reference: any AlarmTarget
  let log: AlarmLog
  private let setWish: @Sendable (String, AlarmWish) async throws -> TimerReference
  private let setWishes: @Sendable ([(text: String, wish: AlarmWish)]) async throws -> [TimerReference]
  private let setWishBehind: @Sendable (String, String, AlarmWish) async throws -> TimerReference
  private let performAct: @Sendable (@escaping @Sendable () -> Void) async throws -> Void
  private let trap: @Sendable () async throws -> Void

  init<Server: Alarm>(_ server: ServerRef<Server>, _ log: AlarmLog) throws {
    pid = try #require(server.pid)
    reference = server
    self.log = log
    setWish = { text, wish in try await server.call { .set(text, wish, $0) } }
    setWishes = { all in try await server.call { .setAll(all, $0) } }
    setWishBehind = { first, text, wish in try await server.call { .setBehind(first, text, wish, $0) } }
    performAct = { act in _ = try await server.call { .perform(act, $0) } }
    trap = { _ = try await server.call { .trapExits($0) } }
  }

  init(raw log: AlarmLog) {
    let pid = RawAlarm.start(log)
    self.pid = pid
    reference = pid
    self.log = log
    setWish = { text, wish in try await RawAlarm.perform(in: pid) { wish.set(text, in: $0) } }
    setWishes = { all in
      try await RawAlarm.perform(in: pid) { process in all.map { $0.wish.set($0.text, in: process) } }
    }
    setWishBehind = { first, text, wish in
      try await RawAlarm.perform(in: pid) { process in
        pid.send(first)
        let timer = wish.set(text, in: process)
        log.write("set", at: process.now)
        return timer
      }
    }
    performAct = { act in
      _ = try await RawAlarm.perform(in: pid) { _ in
        act()
        return true
      }
    }
    trap = { _ = try await RawAlarm.perform(in: pid) { $0.trapExits() } }
  }

  /// The process sets a timer for itself.
  func set(_ text: String, _ wish: AlarmWish) async throws -> TimerReference { try await setWish(text, wish) }

  /// The process sets all of them, one after the other.
  func set(_ all: [(text: String, wish: AlarmWish)]) async throws -> [TimerReference] { try await setWishes(all) }

  /// The same with `first` in the mailbox.
  func set(behind first: String, _ text: String, _ wish: AlarmWish) async throws -> TimerReference {
    try await setWishBehind(first, text, wish)
  }

  /// Runs in a handler of the process, or in its body.
  func perform<Value: Sendable>(_ act: @escaping @Sendable () -> Value) async throws -> Value {
    let value = PuppetPromise<Value>()
    try await performAct { value.fulfil(act()) }
    return await value.value()
  }

  func trapExits() async throws { try await trap() }

  /// What has arrived, once what was sent before has been handled.
  func lines() async throws -> [String] {
    try await performAct {}
    return log.lines
  }
}
