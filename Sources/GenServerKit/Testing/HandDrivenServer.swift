/// A server without its state, whose mailbox somebody empties by hand: for tests that call handlers as plain functions.
///
/// Its process is there for the context. It keeps the run right that it was born with, so that neither the scheduler nor a
/// caller ever runs it; whatever is for it lies in the mailbox.
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

  /// Ends the process, which frees its names and tells whoever watches it or is linked to it.
  package func end(_ reason: ExitReason) {
    guard process.isAlive else { return }
    for request in requests { request.cancel() }
    process.die(reason)
  }

  /// The reason of an exit signal that ends it.
  package var exitReason: ExitReason? { process.isExiting ? process.finalReason(.killed) : nil }

  // What handlers have left.

  /// In the order in which they are due.
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

  /// Those that wait for an answer.
  package var requests: [RequestReference] {
    process.lock.withLock { process.particularsUnderLock?.keptRequests ?? [] }.filter { !$0.isOver }
      .map { RequestReference(core: $0) }
  }

  // What happens to it.

  package func post(cast: Server.Cast) { _ = process.enqueue(.cast(cast, nil)) }
  package func post(info: Server.Info) { _ = process.enqueue(.info(info, nil)) }

  /// A request whose caller is no task.
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
    // Who makes the request may have handed the handle to somebody who has answered already.
    if !node.attach(state).isPending { _ = state.answered(node) }
    _ = process.enqueue(.call(call, node))
    state.observe(isOwned: false)
    if deadline != .max { _ = process.runtime.timers.start(.atNanoseconds(deadline)) { state.timeOut() } }
    return PendingReply(state: state)
  }

  /// Lets what is watched end. A stand-in ends for everybody who watches it; of any other process only this watch hears
  /// so. False if there is no such watch.
  package func end(_ monitor: Monitor, _ reason: ExitReason) -> Bool {
    guard monitors.contains(monitor) else { return false }
    if let standIn = monitor.core.target as? StandInProcess {
      standIn.end(reason)
    } else {
      monitor.core.clientGaveUp(reason)
    }
    return true
  }

  /// An exit signal; from a stand-in it is that one's end.
  package func receiveExit(_ reason: ExitReason, from pid: PID) {
    if let standIn = pid.core as? StandInProcess {
      let isLinked = links.contains(pid)
      standIn.end(reason)
      // Over the link it has come already.
      if isLinked { return }
    }
    process.receiveExit(reason, from: pid.core, isKill: reason.isKill)
  }

  /// The answer to a request of the server's. False if it is no request for such a value; nil if it waits no longer.
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

  /// Takes out one message; nil if nobody wants it any more.
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
    // There is no state to look into.
    case .perform: return nil
    }
  }

  /// The step that a handler has asked for.
  package func takeStep() -> Server.Continue? {
    let step = process.step?.value
    process.step = nil
    return step
  }

  package var hasStep: Bool { process.step != nil }

  // Around a handler.

  /// Before a message's handler.
  package func begins(_ message: Message) {
    process.idle?.clear()
    if case .call(_, let node) = message { process.handles(node) } else { process.handlesNoCall() }
  }

  /// What a handler has asked for besides its answer.
  package func perform(_ action: ServerAction<Server>) { process.perform(action) }

  /// A plain handler runs as the process.
  package func onThread<Result: ~Copyable>(_ body: () throws -> Result) rethrows -> Result {
    let previous = process.enterThread()
    defer { process.leaveThread(previous) }
    var result: Result?
    try Ambient.withRuntime(process.runtime) { result = try body() }
    return result.take()!
  }

  /// An async one as well.
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
  /// What an error means that leaves a handler.
  package static func thrown(_ error: any Error) -> Self { Self(thrown: error) }
}

extension PendingReply {
  /// What has come so far.
  package var settled: Result<Value, CallError>? { state.settled }

  /// As when the time of who waits is up.
  package func timeOut() { state.timeOut() }
}
