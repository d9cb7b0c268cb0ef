private import GenServerKitC
internal import Synchronization

/// One thread that looks at the others every millisecond while there is something to look at, and sleeps otherwise. It
/// serves all runtimes, so no code of users runs here; see `Errands`.
///
/// It finds calls that are too slow, so that the process loses the right to borrow threads; threads that do nothing but
/// lent runs, so that their callers let others run; and workers that are held up by handlers that block, so that the
/// pool gets more threads and a log names the processes that block. Comparing a counter per thread costs the hot path
/// nothing, where reading a clock around each run would.
final class Watchdog: Sendable {
  static let shared = Watchdog()

  private static let tick: Int64 = 1_000_000
  /// Ticks that a call may outlive, and that work may wait untaken.
  fileprivate static let patience = 2
  /// Ticks after which a process that holds others up is named: a busy machine alone must not look like one.
  fileprivate static let ticksUntilReport = 200
  /// Lent runs in one tick from which on a thread does little else.
  fileprivate static let manyRuns: UInt32 = 128
  /// Quiet ticks before the watchdog sleeps.
  private static let idleTicks = 20

  fileprivate struct Watched {
    let thread: UnsafeMutablePointer<gs_thread>
    var ticket: UInt32 = 0
    var age = 0
    var wasRunning = false
  }

  fileprivate struct WatchedPool {
    let pool: WorkerPool
    var taken = 0
    var stuck = 0
    /// For each worker: the turn it was in, the ticks that it has been in this turn while the pool needed added
    /// threads, and the ticks that something has waited behind it.
    var turns: [Int] = []
    var stays: [Int] = []
    var heldUp: [Int] = []
  }

  fileprivate struct Sight {
    var threads: [Watched] = []
    var pools: [WatchedPool] = []
  }

  private let sight = Locked(Sight())
  private let event = Event()
  private let thread: StandingThread

  private init() {
    thread = StandingThread(.watchdog, from: .system)
    start()
  }

  /// Starts the thread. If the system gives none, the watchdog counts as asleep, and waking it tries again.
  private func start() {
    if thread.start({ [self] in run() }) != nil { gs_watchdog_falls_asleep() }
  }

  /// Called before a run that the watchdog has to watch; the thread's ticket is already new.
  @inline(__always) static func runBegins() {
    if !gs_thread_self().pointee.watched { shared.watchThisThread() }
    if gs_watchdog_is_asleep() { shared.wake() }
  }

  @inline(__always) static func workArrived() {
    if gs_watchdog_is_asleep() { shared.wake() }
  }

  func watch(_ pool: WorkerPool) {
    sight.withLock { $0.pools.append(WatchedPool(pool: pool)) }
  }

  @inline(never) private func wake() {
    guard gs_watchdog_wakes() else { return }
    event.signal()
    if !thread.isRunning { start() }
  }

  @inline(never) private func watchThisThread() {
    ThreadRecord.cleansUpOnExit()
    let thread = gs_thread_record()
    thread.pointee.watched = true
    sight.withLock { $0.threads.append(Watched(thread: thread)) }
  }

  /// Called by a thread that ends.
  func forget(_ record: UnsafeMutableRawPointer) {
    sight.withLock { sight in sight.threads.removeAll { UnsafeMutableRawPointer($0.thread) == record } }
  }

  private func run() {
    ThreadRecord.serveAllRuntimes()
    var idle = 0
    while true {
      gs_clock_sleep(Self.tick)
      idle = look() ? 0 : idle + 1
      guard idle >= Self.idleTicks else { continue }
      gs_watchdog_falls_asleep()
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      if look() {
        _ = gs_watchdog_wakes()
      } else {
        event.wait()
      }
      idle = 0
    }
  }

  /// Looks at everything once; false if nothing was going on.
  private func look() -> Bool {
    let findings = sight.withLock { $0.look() }
    for (pool, worker) in findings.heldUp { pool.releaseNextUp(worker) }
    for pool in findings.stuck { pool.relieve() }
    for (pool, identity) in findings.blocking {
      RuntimeList.shared.reportBlocking([identity], crew: pool.crewIdentity)
    }
    return findings.isBusy
  }

  /// The findings of one look.
  fileprivate struct Findings {
    var isBusy = false
    /// Pools whose waiting work no worker takes.
    var stuck: [WorkerPool] = []
    /// The processes that hold up a worker of a pool, by address.
    var blocking: [(pool: WorkerPool, identity: UInt)] = []
    /// Workers behind whose process something waits.
    var heldUp: [(pool: WorkerPool, worker: Int)] = []
  }
}

extension Watchdog.Sight {
  fileprivate mutating func look() -> Watchdog.Findings {
    var findings = Watchdog.Findings()
    for index in threads.indices { lookAtThread(index, &findings) }
    for index in pools.indices { lookAtPool(index, &findings) }
    return findings
  }

  private mutating func lookAtThread(_ index: Int, _ findings: inout Watchdog.Findings) {
    let ticket = gs_thread_ticket(threads[index].thread)
    let isRunning = gs_thread_is_running(threads[index].thread)
    if ticket &- threads[index].ticket >= Watchdog.manyRuns || isRunning && threads[index].wasRunning {
      gs_thread_mark_yield(threads[index].thread)
    }
    threads[index].wasRunning = isRunning
    if ticket != threads[index].ticket {
      threads[index].ticket = ticket
      threads[index].age = 0
      findings.isBusy = true
      // The mark is kept close to the ticket: a mark that is two thousand million runs old would look like one to come.
      gs_thread_forget_slow(threads[index].thread, ticket)
    } else if isRunning {
      findings.isBusy = true
      threads[index].age += 1
      if threads[index].age == Watchdog.patience { gs_thread_mark_slow(threads[index].thread, ticket) }
    }
  }

  private mutating func lookAtPool(_ index: Int, _ findings: inout Watchdog.Findings) {
    let pool = pools[index].pool
    let taken = pool.takenCount
    let waits = pool.waitingCount > 0
    pools[index].stuck = waits && taken == pools[index].taken ? pools[index].stuck + 1 : 0
    pools[index].taken = taken
    if waits { findings.isBusy = true }
    if lookAtWorkers(index) { findings.isBusy = true }
    for (worker, ticks) in pools[index].heldUp.enumerated() where ticks >= Watchdog.patience {
      findings.heldUp.append((pool, worker))
    }
    if pools[index].stuck >= Watchdog.patience {
      pools[index].stuck = 0
      findings.stuck.append(pool)
    }
    for (worker, ticks) in pools[index].stays.enumerated() where ticks == Watchdog.ticksUntilReport {
      findings.blocking.append((pool, pool.runningIdentity(worker)))
    }
  }

  /// Returns whether there is something to watch: a process in a next-up slot, or one that stays while the pool has
  /// added threads.
  private mutating func lookAtWorkers(_ index: Int) -> Bool {
    let pool = pools[index].pool
    let turns = pool.workerTurns
    if pools[index].turns.count != turns.count {
      pools[index].stays = turns.map { _ in 0 }
      pools[index].heldUp = turns.map { _ in 0 }
    }
    let hasAddedThreads = pool.hasExtraThreads
    var isBusy = false
    for worker in turns.indices {
      let hasMoved = pools[index].turns.isEmpty || turns[worker] != pools[index].turns[worker]
      let waits = pool.hasNextUp(worker)
      pools[index].heldUp[worker] = waits && !hasMoved ? pools[index].heldUp[worker] + 1 : 0
      let stays = hasAddedThreads && !hasMoved && pool.isRunning(worker)
      pools[index].stays[worker] = stays ? pools[index].stays[worker] + 1 : 0
      if waits || stays { isBusy = true }
    }
    pools[index].turns = turns
    return isBusy
  }
}
