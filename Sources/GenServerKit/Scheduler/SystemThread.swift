private import GenServerKitC

/// A thread of the library's own, which lives as long as its body runs.
package enum SystemThread {
  /// The purpose of a thread, which decides its name in debuggers and its stack.
  package enum Role: Sendable {
    /// Runs processes.
    case worker
    /// Fires the timers of all runtimes.
    case timer
    /// Looks at the other threads.
    case watchdog
    /// Runs the work that a thread that serves all runtimes must not run; see `Errands`.
    case errands
    /// Runs a simulation.
    case simulation
    /// Moves the clock of a test, and fires its timers.
    case clock

    var name: StaticString {
      switch self {
      case .worker: "genserver"
      case .timer: "genserver-timer"
      case .watchdog: "genserver-watch"
      case .errands: "genserver-errand"
      case .simulation: "genserver-sim"
      case .clock: "genserver-clock"
      }
    }

    /// The size of the stack in bytes. Threads that run users' code get as much as a main thread usually has: the
    /// defaults differ between systems, and with some of them a handler that works elsewhere would overflow. Only the
    /// used part takes memory.
    var stack: Int {
      switch self {
      case .worker, .errands, .simulation, .clock: MemoryLayout<Int>.size == 8 ? 8 << 20 : 1 << 20
      case .timer, .watchdog: 1 << 20
      }
    }
  }

  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread. Returns why the system has none to give, if so.
  package static func start(_ role: Role, _ body: @escaping @Sendable () -> Void) -> ThreadShortage? {
    let argument = Unmanaged.passRetained(Body(body)).toOpaque()
    let code = role.name.withUTF8Buffer { name in
      name.withMemoryRebound(to: CChar.self) { name in
        gs_thread_start(
          name.baseAddress!, role.stack, { Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }, argument)
      }
    }
    if code == 0 { return nil }
    Unmanaged<Body>.fromOpaque(argument).release()
    return ThreadShortage(code: code)
  }
}

/// The source of the library's threads: the system, or in a test something that refuses them.
package struct ThreadSource: Sendable {
  package let start: @Sendable (SystemThread.Role, @escaping @Sendable () -> Void) -> ThreadShortage?

  package static let system = ThreadSource { SystemThread.start($0, $1) }

  package init(
    start: @escaping @Sendable (SystemThread.Role, @escaping @Sendable () -> Void) -> ThreadShortage?
  ) {
    self.start = start
  }
}
