private import GenServerKitC
public import Synchronization

/// One call's answer. Not generic, so that its end needs no generic code; a thread keeps one as a spare, so a lent call
/// allocates nothing.
///
/// The thread that sets `claimed` holds a reference, writes the value or the failure, and then sets `done` or takes
/// `claimed` back. A node that dies with `waited` and without `done` will never be answered, and tells its sink so.
@usableFromInline package final class ReplyNode: @unchecked Sendable {
  // Unchecked: the state says who may touch the other fields when.
  @usableFromInline typealias Storage = (UInt, UInt, UInt)

  /// A `ReplyState`.
  @usableFromInline let state = Atomic<UInt32>(ReplyState.open.rawValue)

  /// The answer, or a pointer to it when it is larger.
  @exclusivity(unchecked) @usableFromInline var value: Storage = (0, 0, 0)
  @exclusivity(unchecked) @usableFromInline var destroy: (@Sendable (UnsafeMutableRawPointer) -> Void)?
  @exclusivity(unchecked) @usableFromInline var failure: CallError?

  /// When the caller stops waiting: an instant, or the negative time that a lent caller granted, or `.max` for never.
  @exclusivity(unchecked) @usableFromInline var deadline = Int64.max
  @exclusivity(unchecked) private var sink: (any ReplySink)?
  /// The process that lends its thread; written before the handler runs.
  @exclusivity(unchecked) var lender: ProcessCore?
  /// The watches of servers on the caller, made with the first of them. They stay until the node is used again or dies,
  /// so a thread that holds the node may use them without counting a reference.
  private let watchSlot = Atomic<Unmanaged<ClientWatch>?>(nil)

  init() {}

  deinit {
    dropValue()
    dropWatch()
    if let sink, current.isLost { sink.lost() }
  }

  // The side that answers.

  @usableFromInline func claim() -> Bool {
    var seen = state.load(ordering: .relaxed)
    while let next = ReplyState(rawValue: seen).claiming() {
      let (exchanged, original) = state.compareExchange(
        expected: seen, desired: next.rawValue, ordering: .acquiringAndReleasing)
      if exchanged { return true }
      seen = original
    }
    return false
  }

  /// Publishes the answer. Returns whether somebody still waited for it.
  @discardableResult @usableFromInline func publish() -> Bool {
    let old = state.bitwiseOr(ReplyState.done.rawValue, ordering: .acquiringAndReleasing).oldValue
    switch ReplyState(rawValue: old).publishing().effect {
    case .isFound(let endsWatch):
      if endsWatch { endWatch() }
      return true
    case .isTold(let isWatched):
      guard let sink else { return true }
      // The caller that takes the answer ends the watch, before it goes on.
      let isTaken = sink.answered(self)
      if !isTaken, isWatched { endWatch(sink.reasonForLeaving()) }
      return isTaken
    }
  }

  /// Publishes the answer of a lent run, whose caller has published no sink yet.
  ///
  /// A plain store, as this is on the way of each lent call. It may wipe out the mark of a watch that is set at the
  /// same time, by a thread to which the handler has passed its handle. So the caller, which knows whether it alone
  /// holds the node, looks for watches itself: in `rewind`, and in `endWatchOfLender`.
  @inlinable func publishToLender() { state.store(ReplyState.answered.rawValue, ordering: .releasing) }

  /// Called by the caller of a lent run that has its answer, when others still hold the node: one of them may be about
  /// to watch.
  ///
  /// A watcher writes the slot and then sets its mark; this sets the mark of the answer and then reads the slot, all of
  /// it in one order that both sides see. So either this finds the watch, or the watcher finds the answer.
  @usableFromInline @inline(never) func endWatchOfLender() {
    _ = state.bitwiseOr(ReplyState.answered.rawValue, ordering: .sequentiallyConsistent)
    endWatch()
  }

  /// Takes back a built answer that was dropped, as if it had never been built.
  @usableFromInline func reopen() {
    dropValue()
    _ = state.bitwiseAnd(~ReplyState.claimed.rawValue, ordering: .acquiringAndReleasing)
  }

  @usableFromInline func fail(_ error: CallError) {
    guard claim() else { return }
    failure = error
    publish()
  }

  /// Notes that the handler of this request has returned without answering it.
  @usableFromInline func handlerLeft() {
    let old = state.bitwiseOr(ReplyState.left.rawValue, ordering: .acquiringAndReleasing).oldValue
    if ReplyState(rawValue: old).leaving().effect { sink?.left() }
  }

  /// Whether nobody wants the answer any more, after a time-out or a cancellation: the request need not be handled.
  @usableFromInline var isAbandoned: Bool {
    current.has(.waited) && sink?.isOver == true
  }

  var isAnswered: Bool { current.has(.claimed) }

  /// The process that called: the one that waits, or the one that lends its thread now.
  var caller: ProcessCore? { current.has(.waited) ? sink?.caller : lender }

  private var current: ReplyState { ReplyState(rawValue: state.load(ordering: .acquiring)) }

  /// Lets the monitor hear of a caller that gives up. An answer that is there already ends it.
  func watchClient(_ monitor: ProcessMonitor) {
    let watch = madeWatch()
    guard watch.append(monitor) else { return }
    let old = state.bitwiseOr(ReplyState.watched.rawValue, ordering: .sequentiallyConsistent).oldValue
    switch ReplyState(rawValue: old).watching().effect {
    case .isOver: watch.end()
    case .isTold: sink?.watch(watch)
    case .isFound: break
    }
  }

  private func madeWatch() -> ClientWatch {
    if let watch = watchSlot.load(ordering: .acquiring) { return watch.takeUnretainedValue() }
    let new = Unmanaged.passRetained(ClientWatch())
    let (isMade, other) = watchSlot.compareExchange(expected: nil, desired: new, ordering: .sequentiallyConsistent)
    if isMade { return new.takeUnretainedValue() }
    new.release()
    return other.unsafelyUnwrapped.takeUnretainedValue()
  }

  /// Whether there is a watch to end; the thread that takes the answer asks before it goes on.
  var isWatched: Bool { ReplyState(rawValue: state.load(ordering: .relaxed)).has(.watched) }

  /// Ends the watches: the caller has its answer, or has left without one and for this reason.
  func endWatch(_ reason: ExitReason? = nil) {
    guard let watch = watchSlot.load(ordering: .sequentiallyConsistent)?.takeUnretainedValue() else { return }
    if let reason { watch.clientGaveUp(reason) } else { watch.end() }
  }

  /// Drops the watches of a node that nobody else holds, and that will be used again or dies.
  private func dropWatch() {
    // The question whether others hold the node comes first, and is not ordered by itself.
    atomicMemoryFence(ordering: .acquiring)
    guard let watch = watchSlot.load(ordering: .relaxed) else { return }
    watchSlot.store(nil, ordering: .relaxed)
    watch.takeRetainedValue().end()
  }

  // The caller.

  /// Publishes the sink of the waiting side. `isPending` is false if the answer was there already; `hasLeft` tells
  /// whether the handler has returned.
  func attach(_ sink: any ReplySink) -> (isPending: Bool, hasLeft: Bool) {
    self.sink = sink
    let old = state.bitwiseOr(ReplyState.waited.rawValue, ordering: .acquiringAndReleasing).oldValue
    let attachment = ReplyState(rawValue: old).attaching().effect
    if attachment.isWatched, let watch = watchSlot.load(ordering: .acquiring) {
      sink.watch(watch.takeUnretainedValue())
    }
    return (attachment.isPending, attachment.hasLeft)
  }

  /// Puts another sink in front of the waiting one. Called by the server's side, before the handler runs.
  func interpose(_ wrap: (any ReplySink) -> any ReplySink) {
    guard current.has(.waited), let sink else { return }
    self.sink = wrap(sink)
  }

  /// Whether the answer or the failure is there. Ask this after asking whether a handle is left: in the other order, an
  /// answer that arrives in between would count as missing.
  @inlinable var isDone: Bool { ReplyState(rawValue: state.load(ordering: .acquiring)).has(.done) }

  @inlinable @inline(__always) func write<Value>(_ new: Value) {
    withUnsafeMutableBytes(of: &value) { bytes in
      let base = bytes.baseAddress.unsafelyUnwrapped
      if MemoryLayout<Value>.size <= MemoryLayout<Storage>.size
        && MemoryLayout<Value>.alignment <= MemoryLayout<Storage>.alignment
      {
        base.assumingMemoryBound(to: Value.self).initialize(to: new)
        if !_isPOD(Value.self) { destroy = { $0.assumingMemoryBound(to: Value.self).deinitialize(count: 1) } }
      } else {
        let box = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        box.initialize(to: new)
        base.assumingMemoryBound(to: UnsafeMutablePointer<Value>.self).pointee = box
        destroy = { raw in
          let box = raw.assumingMemoryBound(to: UnsafeMutablePointer<Value>.self).pointee
          box.deinitialize(count: 1)
          box.deallocate()
        }
      }
    }
  }

  /// Takes the value out.
  @inlinable @inline(__always) func read<Value>(_: Value.Type) -> Value {
    destroy = nil
    return withUnsafeMutableBytes(of: &value) { bytes in
      let base = bytes.baseAddress.unsafelyUnwrapped
      if MemoryLayout<Value>.size <= MemoryLayout<Storage>.size
        && MemoryLayout<Value>.alignment <= MemoryLayout<Storage>.alignment
      {
        return base.assumingMemoryBound(to: Value.self).move()
      }
      let box = base.assumingMemoryBound(to: UnsafeMutablePointer<Value>.self).pointee
      defer { box.deallocate() }
      return box.move()
    }
  }

  func dropValue() {
    guard let destroy else { return }
    self.destroy = nil
    withUnsafeMutableBytes(of: &value) { destroy($0.baseAddress.unsafelyUnwrapped) }
  }

  // The thread's spare.

  /// A node for a call that starts now; nil if the calling task is cancelled.
  @usableFromInline static func takeUnlessCancelled() -> ReplyNode? {
    gs_task_is_cancelled() ? nil : take()
  }

  @usableFromInline static func take() -> ReplyNode {
    let thread = gs_thread_self()
    guard let spare = thread.pointee.spare else { return ReplyNode() }
    thread.pointee.spare = nil
    return Unmanaged<ReplyNode>.fromOpaque(spare).takeRetainedValue()
  }

  /// Keeps a node that nobody else holds for the thread's next call.
  @usableFromInline static func recycle(_ node: consuming ReplyNode) {
    let thread = gs_thread_self()
    guard thread.pointee.spare == nil else { return }
    if !thread.pointee.watched { return keepFirst(node) }
    node.rewind()
    // The node is moved into the slot: retaining it there and releasing it here would cost two atomic instructions.
    withUnsafeMutablePointer(to: &thread.pointee.spare) { slot in
      UnsafeMutableRawPointer(slot).assumingMemoryBound(to: Optional<ReplyNode>.self).initialize(to: node)
    }
  }

  /// Keeps the first spare of a thread: from now on the thread cleans up when it ends.
  @inline(never) private static func keepFirst(_ node: ReplyNode) {
    ThreadRecord.cleansUpOnExit()
    node.rewind()
    gs_thread_self().pointee.spare = Unmanaged.passRetained(node).toOpaque()
  }

  private func rewind() {
    dropValue()
    dropWatch()
    failure = nil
    sink = nil
    lender = nil
    deadline = .max
    state.store(ReplyState.open.rawValue, ordering: .relaxed)
  }

  /// The node of a handle that is made only for the text of an error: any answer to it comes too late.
  @usableFromInline static let spent: ReplyNode = {
    let node = ReplyNode()
    node.state.store(ReplyState.answered.rawValue, ordering: .relaxed)
    return node
  }()
}
