/// A request whose sender goes on without waiting, by `sendRequest`, `callAll` or `context.request`. The sender may
/// give it up, and does so when it ends.
class SentRequest: WaitingClient, @unchecked Sendable {
  // Unchecked: inherited; `mail` is written before anything can give the request up, and then belongs to the thread
  // that does.
  /// Decides between answer, end, time-out, cancellation and a dropped handle.
  final let first = FirstOutcome()
  /// The process that sent the request, if it was one.
  package final let caller: ProcessCore?
  /// The process that is asked; nil if there is none.
  final let target: ProcessCore?

  private enum Mail {
    case none
    case loosely
    case at(any MailboxPlace)
  }

  @exclusivity(unchecked) private final var mail = Mail.none
  /// The place in the sender's list, under the sender's lock.
  @exclusivity(unchecked) fileprivate final var placeAtCaller = ListPlace<SentRequest>()

  init(from caller: ProcessCore?, to target: ProcessCore?) {
    self.caller = caller
    self.target = target
    super.init()
  }

  package final var isOver: Bool { first.isDecided }

  /// Called by the sender when the request has been sent, with its place if the mailbox is bounded.
  final func wasSent(to place: (any MailboxPlace)?) { mail = place.map { .at($0) } ?? .loosely }

  /// Begins to observe the ends of both processes. The sender's end counts only if `isOwned`.
  final func observe(isOwned: Bool) {
    if isOwned { caller?.keep(self) }
    if let reason = target?.addObserver(self) { processEnded(reason) }
    // A request that was settled before it was listed has found nothing to take off the lists.
    if isOver { leaveLists() }
  }

  /// Stops observing the ends of both processes.
  final func leaveLists() {
    target?.removeObserver(self)
    caller?.forget(self)
  }

  /// Called by the thread that decided that nobody waits any more. It tells the servers that watch, and takes the
  /// request back if the server has not begun it.
  final func leaves() {
    if let reason = reasonForLeaving() { leftUnanswered(reason) }
    defer { mail = .none }
    switch mail {
    case .none: break
    case .loosely: target?.takeBack(nil)
    case .at(let place): target?.takeBack(place)
    }
  }

  override final func reasonForLeaving() -> ExitReason? {
    guard first.isAbandoned else { return nil }
    return WaitingClient.reasonForLeaving(caller, timedOut: first.kind == .timedOut)
  }

  /// Called when the process that sent the request has ended.
  func callerEnded() {}
}

struct SentRequestPlaces: ListPlaces {
  @inline(__always) func withPlace<Result>(
    of request: SentRequest, _ body: (inout ListPlace<SentRequest>) -> Result
  ) -> Result { body(&request.placeAtCaller) }
}

/// The requests of one process that are not over; touched under its lock.
typealias SentRequestList = IntrusiveList<SentRequestPlaces>

extension SentRequestList {
  init() { self.init(SentRequestPlaces()) }
}

extension ProcessCore {
  /// Puts the request on the sender's list. A task that goes on in the name of a process that has ended sends for
  /// itself.
  fileprivate final func keep(_ request: SentRequest) {
    lock.withLock { if !isClosed { relationsUnderLock().requests.append(request) } }
  }

  fileprivate final func forget(_ request: SentRequest) {
    lock.withLock { _ = withRelations { $0.requests.remove(request) } }
  }

  /// By a process that ends, before anybody can hear of that.
  final func giveUpRequests() {
    while let request = lock.withLock({ withRelations { $0.requests.popFirst() } }) { request.callerEnded() }
  }

  /// How many of its requests are not over.
  final var sentRequestCount: Int { lock.withLock { relations?.requests.all.count ?? 0 } }
}
