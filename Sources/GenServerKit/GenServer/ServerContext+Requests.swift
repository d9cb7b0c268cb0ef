internal import Synchronization

extension ServerContext {
  /// Calls another server without waiting: the answer, or the failure, arrives as a message.
  ///
  /// ```swift
  /// context.request(shelf, timeout: .inherited, as: { .size(id, $0) }) { .size($0) }
  /// ```
  ///
  /// The server is free for other messages meanwhile, and closes no circle of waiting servers. Exactly one message comes,
  /// unless the request is cancelled; five seconds without an answer are the failure `timeout`, unless told otherwise.
  /// See `:gen_server.send_request/2` in OTP.
  @discardableResult public func request<Other: GenServer, Value: Sendable>(
    _ server: ServerRef<Other>, timeout: Timeout? = nil,
    as message: @escaping @Sendable (Result<Value, CallError>) -> Server.Info,
    function: StaticString = #function, fileID: StaticString = #fileID, line: UInt = #line,
    _ request: (ReplyTo<Value>) -> Other.Call
  ) -> RequestReference {
    let node = ReplyNode.take()
    let call = request(ReplyTo(node))
    let timeout = timeout ?? server.timeout ?? .callDefault
    let details = CallDetails(
      caller: pid, server: server.description, verb: "request",
      request: ServerProcess<Other>.describe(request: call), timeout: timeout.description,
      site: CallSite(function, fileID, line))
    let pending = ServerRequest<Server, Value>(of: process, details, message)
    switch server.resolved {
    case .failure(let error):
      pending.settle(.failure(error))
    case .success(let target):
      node.deadline = max(1, timeout.deadline(in: process.runtime))
      _ = node.attach(pending)
      pending.wait(until: node.deadline)
      switch target.enqueueWithLimit(.call(call, node), policy: nil, waits: false) {
      case .enqueued: pending.observe(target)
      case .noProcess: pending.settle(.failure(.noProcess()))
      case .refused, .dropped: pending.settle(.failure(.overloaded()))
      }
    }
    return RequestReference(core: pending)
  }
}

/// A request whose answer has not arrived yet.
public struct RequestReference: Hashable, Sendable {
  let core: RequestCore

  public static func == (a: Self, b: Self) -> Bool { a.core === b.core }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(core)) }

  /// Gives the request up, so that its message never arrives: it is skipped if the other server has not begun it.
  public func cancel() { core.cancel() }
}

/// What is known of a request whose answer will be a message, whatever its types.
///
/// `state` is the arbiter between answer, time-out, death, a dropped handle and cancellation.
class RequestCore: ExitObserver, TimerEntry, @unchecked Sendable {
  // Unchecked: inherited; `target` is written once, before anybody else can see the request as an observer, and the
  // position is touched under the time source's lock.
  private enum State {
    static let waiting: UInt8 = 0
    static let settled: UInt8 = 1
    static let over: UInt8 = 2
  }

  let owner: ProcessCore
  private let state = Atomic<UInt8>(State.waiting)
  private let target = Atomic<Unmanaged<ProcessCore>?>(nil)
  var timerPosition = -1

  init(of owner: ProcessCore) { self.owner = owner }

  deinit { target.load(ordering: .relaxed)?.release() }

  package final var isOver: Bool { state.load(ordering: .acquiring) != State.waiting }

  /// Whether the caller of this settles the request, and nobody else.
  final func wins() -> Bool { move(from: State.waiting, to: State.settled) }

  /// By the owner, which takes the message out of its mailbox. False if the request was given up.
  final func isDelivered() -> Bool { move(from: State.settled, to: State.over) }

  final func cancel() {
    if move(from: State.waiting, to: State.over) { leave() } else { _ = move(from: State.settled, to: State.over) }
  }

  final func wait(until deadline: Int64) {
    if deadline != .max { owner.runtime.timeSource.arm(self, at: deadline) }
  }

  final func observe(_ process: ProcessCore) {
    _ = target.exchange(Unmanaged.passRetained(process), ordering: .acquiringAndReleasing)
    if let reason = process.addObserver(self) { processEnded(reason) }
    // What was settled before the observer was listed has found nothing to take off the list.
    if isOver { leave() }
  }

  /// No end and no time concerns it any more.
  final func leave() {
    owner.runtime.timeSource.cancel(self)
    target.load(ordering: .acquiring)?.takeUnretainedValue().removeObserver(self)
  }

  final var isTargetDoomed: Bool { target.load(ordering: .acquiring)?.takeUnretainedValue().isDoomed ?? false }

  func timerFired() {}

  private func move(from: UInt8, to: UInt8) -> Bool {
    state.compareExchange(expected: from, desired: to, ordering: .acquiringAndReleasing).exchanged
  }
}

/// The part that knows whose message the answer becomes.
class AnsweredRequest<Server: GenServer>: RequestCore, @unchecked Sendable {
  // Unchecked: inherited.
  func info() -> Server.Info? { nil }
}

private final class ServerRequest<Server: GenServer, Value: Sendable>: AnsweredRequest<Server>, ReplySink,
  @unchecked Sendable
{
  // Unchecked: inherited; `result` is written by who wins, before the message that leads the owner to it is sent.
  private let details: CallDetails
  private let message: @Sendable (Result<Value, CallError>) -> Server.Info
  private var result: Result<Value, CallError>?

  init(
    of owner: ProcessCore, _ details: CallDetails,
    _ message: @escaping @Sendable (Result<Value, CallError>) -> Server.Info
  ) {
    self.details = details
    self.message = message
    super.init(of: owner)
  }

  @discardableResult func settle(_ new: Result<Value, CallError>) -> Bool {
    guard wins() else { return false }
    result = new.mapError { $0.with(details) }
    leave()
    _ = owner.kind.post(owner, .answer(self))
    return true
  }

  override func info() -> Server.Info? {
    guard isDelivered(), let result else { return nil }
    return message(result)
  }

  var caller: ProcessCore? { owner }

  func answered(_ node: ReplyNode) -> Bool {
    if let failure = node.failure { return settle(.failure(failure)) }
    return settle(.success(node.read(Value.self)))
  }

  func lost() { if !isTargetDoomed { settle(.failure(.noReply())) } }
  func left() {}
  override func processEnded(_ reason: ExitReason) { settle(.failure(.exit(reason))) }
  override func timerFired() { settle(.failure(.timeout())) }
}

extension ServerProcess {
  /// The answer to a request of the server's own.
  func handle(answer: AnyObject) -> Verdict {
    guard let info = (answer as? AnsweredRequest<Server>)?.info() else { return .goOn }
    return handle(info, nil)
  }
}
