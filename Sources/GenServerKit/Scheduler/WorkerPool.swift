private import GenServerKitC
internal import Synchronization

/// The library's own threads: a worker per core that steals work and spins a moment before it sleeps, and more threads
/// when handlers block the others.
///
/// On the pool that Swift's tasks use, as many blocking handlers as there are cores would stop the application's own
/// tasks for as long.
final class WorkerPool: Scheduler {
  static let shared = WorkerPool(workers: max(1, SystemInformation.coreCount))

  /// Processes that one thread runs after each other through its next-up slot before it looks at its queue.
  private static let handOverLimit = 64
  private static let spinLimit = 50
  private static let extraThreadLimit = 64

  private let crew = Worker.Crew()
  private let workers: [Worker]
  private let threads: [StandingThread]
  private let threadSource: ThreadSource
  /// The worker on which added threads sleep a while before they end; it never has a queue or a next-up process.
  private let lobby: Worker
  private let nextWorker = Atomic<Int>(0)
  private let taken = Atomic<Int>(0)
  private let extraThreads = Atomic<Int>(0)
  /// The number of workers that have their thread.
  private let staffed = Atomic<Int>(0)
  /// Whether the log says that threads are missing.
  private let hasReportedShortage = Atomic<Bool>(false)

  init(workers count: Int, threads source: ThreadSource = .system) {
    let crew = self.crew
    workers = (0..<count).map { _ in Worker(crew) }
    threads = (0..<count).map { _ in StandingThread(.worker, from: source) }
    threadSource = source
    lobby = Worker(crew)
    hire()
    Watchdog.shared.watch(self)
  }

  /// Starts the workers' threads that are missing. Returns why the system has refused one, if it has.
  @discardableResult private func hire() -> ThreadShortage? {
    var shortage: ThreadShortage?
    for index in threads.indices where shortage == nil {
      shortage = threads[index].start { [self] in work(index) }
    }
    staffed.store(threads.count { $0.isRunning }, ordering: .relaxed)
    return shortage
  }

  /// One worker is enough, as it runs the processes in the queues of all.
  func threadShortage() -> ThreadShortage? {
    if staffed.load(ordering: .relaxed) > 0 { return nil }
    let shortage = hire()
    return staffed.load(ordering: .relaxed) > 0 ? nil : shortage
  }

  func submit(_ process: ProcessCore) {
    submitBehind(process)
  }

  var crewIdentity: UInt { crew.identity }

  func submitBehind(_ process: ProcessCore) {
    let turn = nextWorker.wrappingAdd(1, ordering: .relaxed).oldValue
    let worker = workers[Int(UInt(bitPattern: turn) % UInt(workers.count))]
    worker.queue.append(process)
    // The append becomes visible before this looks for a sleeping worker; a worker that goes to sleep does the same in
    // reverse order.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if !worker.wake(), !workers.contains(where: { $0.wake() }) { _ = lobby.wake() }
    Watchdog.workArrived()
  }

  // The questions of the watchdog.

  var waitingCount: Int { workers.reduce(0) { $0 + $1.queue.count } }
  var takenCount: Int { taken.load(ordering: .relaxed) }
  func isRunning(_ index: Int) -> Bool { runningIdentity(index) != 0 }
  func runningIdentity(_ index: Int) -> UInt { workers[index].running.load(ordering: .relaxed) }
  var workerTurns: [Int] { workers.map(\.turn) }
  var hasExtraThreads: Bool { extraThreads.load(ordering: .relaxed) > 0 }
  func hasNextUp(_ index: Int) -> Bool { workers[index].hasNextUp }

  /// Gives other workers the process that waits behind the one that holds the worker up.
  func releaseNextUp(_ index: Int) {
    if let process = workers[index].takeNextUp() { submitBehind(process) }
  }

  /// Adds threads for processes that wait while every worker is held up.
  func relieve() {
    var shortage = staffed.load(ordering: .relaxed) < workers.count ? hire() : nil
    for _ in 0..<min(waitingCount, 8)
    where shortage == nil && extraThreads.load(ordering: .relaxed) < Self.extraThreadLimit {
      extraThreads.add(1, ordering: .relaxed)
      shortage = threadSource.start(.worker) { [self] in help() }
      if shortage != nil { extraThreads.subtract(1, ordering: .relaxed) }
    }
    report(shortage)
  }

  /// Logs the shortage, once for each time that threads are missing.
  private func report(_ shortage: ThreadShortage?) {
    guard hasReportedShortage.exchange(shortage != nil, ordering: .relaxed) == false, let shortage else { return }
    RuntimeList.shared.report(shortage, waiting: waitingCount, crew: crewIdentity)
  }

  // The threads.

  private func work(_ index: Int) {
    let worker = workers[index]
    gs_thread_self().pointee.worker = Unmanaged.passUnretained(worker).toOpaque()
    while true {
      if let process = find(from: index) ?? spin(from: index) ?? park(worker, from: index) { run(process, on: worker) }
    }
  }

  private func help() {
    var stays = true
    while stays {
      while let process = find(from: 0) { run(process, on: lobby) }
      // One of the added threads stays for a while, as handlers that block tend to come back.
      guard !lobby.isParked.exchange(true, ordering: .sequentiallyConsistent) else { break }
      atomicMemoryFence(ordering: .sequentiallyConsistent)
      if waitingCount == 0 { lobby.event.wait(nanoseconds: 100_000_000) }
      let timedOut = lobby.isParked.exchange(false, ordering: .acquiringAndReleasing)
      stays = !timedOut || waitingCount > 0
    }
    extraThreads.subtract(1, ordering: .relaxed)
  }

  private func find(from index: Int) -> ProcessCore? {
    for offset in 0..<workers.count {
      if let process = workers[(index + offset) % workers.count].queue.popFirst() {
        taken.add(1, ordering: .relaxed)
        return process
      }
    }
    return nil
  }

  private func spin(from index: Int) -> ProcessCore? {
    for _ in 0..<Self.spinLimit {
      gs_thread_yield()
      if let process = find(from: index) { return process }
    }
    return nil
  }

  private func park(_ worker: Worker, from index: Int) -> ProcessCore? {
    worker.isParked.store(true, ordering: .sequentiallyConsistent)
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    if let process = find(from: index) {
      worker.isParked.store(false, ordering: .relaxed)
      return process
    }
    worker.event.wait()
    worker.isParked.store(false, ordering: .relaxed)
    return nil
  }

  private func run(_ first: ProcessCore, on worker: Worker) {
    var process = first
    var handOvers = Self.handOverLimit
    while true {
      worker.begins(process)
      process.takeTurn()
      guard let next = worker.takeNextUp() else { break }
      handOvers -= 1
      process = next
      guard handOvers == 0 else { continue }
      handOvers = Self.handOverLimit
      // The process goes behind those that wait for this worker, if any do. No other worker is woken for it: this one
      // goes on.
      if let waiting = worker.queue.popFirst() {
        taken.add(1, ordering: .relaxed)
        worker.queue.append(next)
        process = waiting
      }
    }
    worker.rests()
  }
}
