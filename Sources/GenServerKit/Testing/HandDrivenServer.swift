/// A server without its state, whose mailbox a test empties by hand, for tests that call handlers as plain functions.
///
/// Its process exists for the context. It keeps the run right that it was born with, so that neither the scheduler nor
/// a caller ever runs it; everything that is sent to it lies in the mailbox.
package final class HandDrivenServer<Server: GenServer> {
  private let process: ServerProcess<Server>

  package init(in runtime: Runtime) {
    process = ServerProcess(StartPermit(name: nil, options: ProcessOptions(), runtime: runtime, starter: nil))
    process.flags.insert(.driven)
    _ = process.enter()
  }

  deinit { end(.killed) }

  package var context: ServerContext<Server> { ServerContext(process) }
  package var title: String { process.title }
  package func text(of reason: ExitReason) -> String { process.text(of: reason) }

  /// Ends the process, which frees its names and tells its watchers and linked processes.
  package func end(_ reason: ExitReason) {
    guard process.isAlive else { return }
    for request in requests { request.cancel() }
    process.die(reason)
  }

  /// The reason of an exit signal that ends it.
  package var exitReason: ExitReason? { process.isExiting ? process.finalReason(.killed) : nil }

  // The things that handlers have set or asked for.

  /// The timers, in the order in which they are due.
  package var timers: [(message: Server.Info, after: Duration)] {
    guard let timers = process.lock.withLock({ process.relations?.timers }) else { return [] }
    return timers.all.compactMap { timer, left in
      (timer as? ServerTimer<Server>)?.message.map { (message: $0, after: left) }
    }
  }

  package var monitors: [Monitor] {
    process.lock.withLock { process.relations?.monitors.all.map { Monitor($0) } ?? [] }
  }

  package var links: [PID] { process.linked }
  package var trapsExits: Bool { process.trapsExits }

  /// The requests that wait for an answer.
  package var requests: [RequestReference] {
    process.lock.withLock { process.particularsUnderLock?.keptRequests ?? [] }.filter { !$0.isOver }
      .map { RequestReference(core: $0) }
  }

  // The events that a test brings about.

  package func post(cast: Server.Cast) { _ = process.enqueue(.cast(cast, nil)) }
  package func post(info: Server.Info) { _ = process.enqueue(.info(info, nil)) }

  /// Posts a request whose caller is no task.
  package func post<Value: Sendable>(
    from caller: PID?, until deadline: Int64, _ request: (ReplyTo<Value>) -> Server.Call
  ) -> PendingReply<Value> {
    let node = ReplyNode()
    let call = request(ReplyTo(node))
    let details = CallDetails(
      caller: caller?.core, server: CalledServer(process), request: .text(process.text(ofMessage: call)),
      site: CallSite(#function, #fileID, #line))
    let state = PendingState<Value>(process, caller: caller?.core, details)
    node.deadline = max(1, deadline)
    // The closure that made the request may have handed the handle to somebody who has answered already.
    if !node.attach(state).isPending { _ = state.answered(node) }
    _ = process.enqueue(.call(call, node))
    state.observe(isOwned: false)
    if deadline != .max { _ = process.runtime.timers.start(.atNanoseconds(deadline)) { state.timeOut() } }
    return PendingReply(state: state)
  }

  /// Makes a watched process end. A stand-in ends for all its watchers; for any other process only this watch is told
  /// of an end. Returns false if there is no such watch.
  package func end(_ monitor: Monitor, _ reason: ExitReason) -> Bool {
    guard monitors.contains(monitor) else { return false }
    if let standIn = monitor.core.target as? StandInProcess {
      standIn.end(reason)
    } else {
      monitor.core.clientGaveUp(reason)
    }
    return true
  }

  /// Receives an exit signal; a stand-in that sends it ends.
  package func receiveExit(_ reason: ExitReason, from pid: PID) {
    if let standIn = pid.core as? StandInProcess {
      let isLinked = links.contains(pid)
      standIn.end(reason)
      // The signal has come already over the link.
      if isLinked { return }
    }
    process.receiveExit(reason, from: pid.core, isKill: reason.isKill)
  }

  /// Answers a request of the server. Returns false if it is no request for such a value; nil if it no longer waits.
  package func answer<Value: Sendable>(_ request: RequestReference, _ result: Result<Value, CallError>) -> Bool? {
    guard let own = request.core as? ServerRequest<Server, Value>, own.owner === process else { return false }
    return own.settle(result, as: .answered) ? true : nil
  }

  // The mailbox.

  package enum Message {
    case call(Server.Call, ReplyNode)
    case cast(Server.Cast)
    case info(Server.Info)
    case unexpected(any Sendable)
    case stop(ExitReason)
  }

  package var mailboxCount: Int { process.waitingCount + process.batch.count }

  /// Takes out one message; nil if it is no longer wanted.
  package func takeMessage() -> Message? {
    if process.batch.isEmpty { process.refill() }
    guard !process.batch.isEmpty else { return nil }
    switch process.batch.removeFirst() {
    case .call(let request, let node): return process.skips(node) ? nil : .call(request, node)
    case .cast(let cast, let attachment): return attachment?.isWithdrawn == true ? nil : .cast(cast)
    case .info(let info, let attachment): return attachment?.isWithdrawn == true ? nil : .info(info)
    case .foreign(let message): return message.tick?.take() == false ? nil : .unexpected(message.value)
    case .system(let message): return translated(message)
    }
  }

  private func translated(_ message: SystemMessage) -> Message? {
    switch message {
    case .stop(let reason): return .stop(reason)
    case .idleCheck(let serial): return process.idle?.check(serial).map { .info($0) }
    case .down(let monitor, let reason): return process.message(of: monitor, reason).map { .info($0) }
    case .exit(let pid, let reason, let translation):
      let exit = Exit(pid: pid, reason: reason)
      return process.message(of: exit, translation).map { .info($0) } ?? .unexpected(exit)
    case .answer(let answer): return ServerProcess<Server>.info(of: answer).map { .info($0) }
    // A request of `Sys` finds no state here.
    case .perform: return nil
    }
  }

  /// Takes the step that a handler has asked for.
  package func takeStep() -> Server.Continue? {
    let step = process.step?.value
    process.step = nil
    return step
  }

  package var hasStep: Bool { process.step != nil }

  // The work around a handler.

  /// Called before a message's handler.
  package func begins(_ message: Message) {
    process.idle?.clear()
    if case .call(_, let node) = message { process.handles(node) } else { process.handlesNoCall() }
  }

  /// Carries out the action that a handler has asked for besides its answer.
  package func perform(_ action: ServerAction<Server>) { process.perform(action) }

  /// Runs a plain handler as the process.
  package func onThread<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
    let previous = process.enterThread()
    defer { process.leaveThread(previous) }
    var result: Result?
    try Ambient.withRuntime(process.runtime) { result = try body() }
    return result.take()!
  }

  /// Runs an async handler as the process.
  package nonisolated(nonsending) func inTask(_ body: nonisolated(nonsending) () async throws -> Void) async throws {
    let activation = process.activation ?? process.makeActivation()
    let number = activation.begin()
    defer { process.endActivation() }
    try await Ambient.$boundRuntime.withValue(process.runtime) {
      try await Ambient.$identity.withValue(Ambient.Identity(process: process, activation: number)) {
        process.enterTask()
        try await body()
      }
    }
  }
}

extension NextStep {
  /// Whether the handler has the other form.
  package var isNotHere: Bool { kind == .notHere }

  /// Sends the answer; returns how the server goes on.
  package consuming func carriedOut() -> (stop: ExitReason?, action: ServerAction<Server>?) {
    takeNode()?.publish()
    return kind == .stop ? (detail?.reason ?? .normal, nil) : (nil, detail?.action)
  }
}

extension InitialStep {
  package enum Made {
    case notHere
    case ok(Server, ServerAction<Server>?)
    case failed(StartError)
  }

  package var made: Made {
    switch choice {
    case .notHere: .notHere
    case .ok(let state, let action): .ok(state, action)
    case .ignore: .failed(.ignored)
    case .error(let reason), .stop(let reason): .failed(.failed(ShownStatus.reason(reason, by: Server.self)))
    }
  }
}

extension ServerAction {
  package func isEqual(to other: Self) -> Bool where Server.Info: Equatable, Server.Continue: Equatable {
    switch (choice, other.choice) {
    case (.timeout(let a, let message), .timeout(let b, let other)): a == b && message == other
    case (.hibernate, .hibernate): true
    case (.hibernateWithTimeout(let a, let message), .hibernateWithTimeout(let b, let other)):
      a == b && message == other
    case (.step(let step), .step(let other)): step == other
    default: false
    }
  }
}

extension ExitReason {
  /// The exit reason for an error that leaves a handler.
  package static func thrown(_ error: any Error) -> Self { Self(thrown: error) }
}

extension PendingReply {
  /// The outcome, if there is one so far.
  package var settled: Result<Value, CallError>? { state.settled }

  /// Makes the caller give up, as when its time is up.
  package func timeOut() { state.timeOut() }
}
