/// A request whose sender goes on: that of `sendRequest`, `callAll` or `context.request`. The one who has sent it may give
/// it up, and does so when it ends.
class SentRequest: WaitingClient, @unchecked Sendable {
  // Unchecked: inherited; `mail` is written before anybody can give the request up, and then belongs to who does.
  /// Decides between answer, end, time-out, cancellation and a dropped handle.
  final let first = FirstOutcome()
  /// The process that has sent it, if it was one.
  package final let caller: ProcessCore?
  /// Who is asked; nil if there is nobody.
  final let target: ProcessCore?

  private enum Mail {
    case none
    case loosely
    case at(any MailboxPlace)
  }

  @exclusivity(unchecked) private final var mail = Mail.none
  /// In the sender's list, under its lock.
  @exclusivity(unchecked) fileprivate final var placeAtCaller = ListPlace<SentRequest>()

  init(from caller: ProcessCore?, to target: ProcessCore?) {
    self.caller = caller
    self.target = target
    super.init()
  }

  package final var isOver: Bool { first.isDecided }

  /// By the sender, when the request has been sent: where it lies, if its mailbox is bounded.
  final func wasSent(to place: (any MailboxPlace)?) { mail = place.map { .at($0) } ?? .loosely }

  /// Lets the ends of both processes count. An end of the sender counts if `isOwned`.
  final func observe(isOwned: Bool) {
    if isOwned { caller?.keep(self) }
    if let reason = target?.addObserver(self) { processEnded(reason) }
    // What was settled before it was listed has found nothing to take off the lists.
    if isOver { leaveLists() }
  }

  /// No end concerns it any more.
  final func leaveLists() {
    target?.removeObserver(self)
    caller?.forget(self)
  }

  /// By who has decided that nobody waits any more: the servers that watch are told, and the request goes if it has not
  /// been begun.
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

  /// The process that has sent it has ended.
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
  /// A task that goes on in the name of a process that has ended sends for itself.
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
