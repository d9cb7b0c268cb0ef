private import GenServerKitC
public import Synchronization

/// One call's answer. Not generic, so that its end needs no generic code; a thread keeps one as a spare, so a lent call
/// allocates nothing.
///
/// Who sets `claimed` holds a reference, writes the value or the failure, and then sets `done` or takes `claimed` back.
/// A node that dies with `waited` and without `done` will never be answered, and tells its sink so.
@usableFromInline package final class ReplyNode: @unchecked Sendable {
  // Unchecked: the bits of `state` say who may touch the other fields when.
  @usableFromInline enum Bits {
    /// Somebody decides.
    @inlinable static var claimed: UInt32 { 1 }
    /// The value or the failure is there.
    @inlinable static var done: UInt32 { 2 }
    /// The caller has published a sink and given up its reference.
    @inlinable static var waited: UInt32 { 4 }
    /// The handler has returned without an answer.
    @inlinable static var left: UInt32 { 8 }
    /// A server watches the caller. The answer of a lent run may wipe the mark out: see `publishToLender`.
    @inlinable static var watched: UInt32 { 16 }
  }

  @usableFromInline typealias Storage = (UInt, UInt, UInt)

  @usableFromInline let state = Atomic<UInt32>(0)

  /// The answer, or a pointer to it when it is larger.
  @exclusivity(unchecked) @usableFromInline var value: Storage = (0, 0, 0)
  @exclusivity(unchecked) @usableFromInline var destroy: (@Sendable (UnsafeMutableRawPointer) -> Void)?
  @exclusivity(unchecked) @usableFromInline var failure: CallError?

  /// When the caller stops waiting: an instant, or the negative time that a lent caller granted, or `.max` for never.
  @exclusivity(unchecked) @usableFromInline var deadline = Int64.max
  @exclusivity(unchecked) private var sink: (any ReplySink)?
  /// The process that lends its thread; written before the handler runs.
  @exclusivity(unchecked) var lender: ProcessCore?
  /// The watches of servers on the caller, made with the first of them. It stays until the node is used again or dies,
  /// so whoever holds the node may use it without counting a reference.
  private let watchSlot = Atomic<Unmanaged<ClientWatch>?>(nil)

  init() {}

  deinit {
    dropValue()
    dropWatch()
    if let sink, state.load(ordering: .acquiring) & Bits.done == 0 { sink.lost() }
  }

  // The one who answers.

  @usableFromInline func claim() -> Bool {
    var seen = state.load(ordering: .relaxed)
    while seen & Bits.claimed == 0 {
      let (exchanged, original) = state.compareExchange(
        expected: seen, desired: seen | Bits.claimed, ordering: .acquiringAndReleasing)
      if exchanged { return true }
      seen = original
    }
    return false
  }

  /// Returns whether somebody still waited for it.
  @discardableResult @usableFromInline func publish() -> Bool {
    let old = state.bitwiseOr(Bits.done, ordering: .acquiringAndReleasing).oldValue
    guard old & Bits.waited != 0, let sink else {
      if old & Bits.watched != 0 { endWatch() }
      return true
    }
    // Who takes it ends the watch, before it goes on.
    let isTaken = sink.answered(self)
    if !isTaken, old & Bits.watched != 0 { endWatch(sink.reasonForLeaving()) }
    return isTaken
  }

  /// Publishes the answer of a lent run, whose caller has published no sink yet.
  ///
  /// A plain store, as this is on the way of each lent call. It wipes out the mark of a watch that is set meanwhile,
  /// which may be done by whoever the handler has handed its handle to. So the caller, who alone holds a node with such
  /// an answer, or knows that it does not, looks for watches itself: `rewind`, and `endWatchOfLender`.
  @inlinable func publishToLender() { state.store(Bits.claimed | Bits.done, ordering: .releasing) }

  /// By the caller of a lent run that has its answer, when others hold the node still: one of them may be about to watch.
  ///
  /// Who watches writes the slot and then sets its mark; this writes the mark of the answer and then reads the slot, all
  /// of it in one order that both sides see. So either the watch is found here, or who watches finds the answer.
  @usableFromInline @inline(never) func endWatchOfLender() {
    _ = state.bitwiseOr(Bits.claimed | Bits.done, ordering: .sequentiallyConsistent)
    endWatch()
  }

  /// A built answer was dropped: as if it had never been built.
  @usableFromInline func reopen() {
    dropValue()
    _ = state.bitwiseAnd(~Bits.claimed, ordering: .acquiringAndReleasing)
  }

  @usableFromInline func fail(_ error: CallError) {
    guard claim() else { return }
    failure = error
    publish()
  }

  /// The handler of this request has returned without answering it.
  @usableFromInline func handlerLeft() {
    let old = state.bitwiseOr(Bits.left, ordering: .acquiringAndReleasing).oldValue
    if old & Bits.waited != 0, old & Bits.done == 0 { sink?.left() }
  }

  /// Nobody wants the answer any more (time out, cancellation): its request need not be handled.
  @usableFromInline var isAbandoned: Bool {
    state.load(ordering: .acquiring) & Bits.waited != 0 && sink?.isOver == true
  }

  var isAnswered: Bool { state.load(ordering: .acquiring) & Bits.claimed != 0 }

  /// The process that called: who waits, or who lends its thread now.
  var caller: ProcessCore? { state.load(ordering: .acquiring) & Bits.waited != 0 ? sink?.caller : lender }

  /// Lets the monitor hear of a caller that gives up. An answer that is there already ends it.
  func watchClient(_ monitor: ProcessMonitor) {
    let watch = madeWatch()
    switch watch.append(monitor) {
    case nil: break
    case .silently?:
      _ = monitor.cancel()
      return
    case .clientGaveUp(let reason)?: return monitor.clientGaveUp(reason)
    }
    let old = state.bitwiseOr(Bits.watched, ordering: .sequentiallyConsistent).oldValue
    if old & Bits.done != 0 { return watch.end() }
    if old & Bits.waited != 0 { sink?.watch(watch) }
  }

  private func madeWatch() -> ClientWatch {
    if let watch = watchSlot.load(ordering: .acquiring) { return watch.takeUnretainedValue() }
    let new = Unmanaged.passRetained(ClientWatch())
    let (isMade, other) = watchSlot.compareExchange(expected: nil, desired: new, ordering: .sequentiallyConsistent)
    if isMade { return new.takeUnretainedValue() }
    new.release()
    return other.unsafelyUnwrapped.takeUnretainedValue()
  }

  /// By who takes the answer, before it goes on.
  var isWatched: Bool { state.load(ordering: .relaxed) & Bits.watched != 0 }

  /// The caller has its answer, or has left without one and for this reason.
  func endWatch(_ reason: ExitReason? = nil) {
    guard let watch = watchSlot.load(ordering: .sequentiallyConsistent)?.takeUnretainedValue() else { return }
    if let reason { watch.clientGaveUp(reason) } else { watch.end() }
  }

  /// When nobody else holds the node, which is to be used again or dies.
  private func dropWatch() {
    // The question whether others hold the node comes first, and is not ordered by itself.
    atomicMemoryFence(ordering: .acquiring)
    guard let watch = watchSlot.load(ordering: .relaxed) else { return }
    watchSlot.store(nil, ordering: .relaxed)
    watch.takeRetainedValue().end()
  }

  // The caller.

  /// Publishes who waits. False if the answer was there already; `hasLeft` tells that the handler has returned.
  func attach(_ sink: any ReplySink) -> (isPending: Bool, hasLeft: Bool) {
    self.sink = sink
    let old = state.bitwiseOr(Bits.waited, ordering: .acquiringAndReleasing).oldValue
    if old & Bits.watched != 0, let watch = watchSlot.load(ordering: .acquiring) {
      sink.watch(watch.takeUnretainedValue())
    }
    return (old & Bits.done == 0, old & Bits.left != 0)
  }

  /// Puts another sink in the place of who waits. By the server's side, before the handler runs.
  func interpose(_ wrap: (any ReplySink) -> any ReplySink) {
    guard state.load(ordering: .acquiring) & Bits.waited != 0, let sink else { return }
    self.sink = wrap(sink)
  }

  /// Whether the answer or the failure is there. Comes after the question whether a handle is left: the other order
  /// takes an answer that arrives in between for none.
  @inlinable var isDone: Bool { state.load(ordering: .acquiring) & Bits.done != 0 }

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
    // Moved into the slot: retaining it there and releasing it here would cost two atomic instructions.
    withUnsafeMutablePointer(to: &thread.pointee.spare) { slot in
      UnsafeMutableRawPointer(slot).assumingMemoryBound(to: Optional<ReplyNode>.self).initialize(to: node)
    }
  }

  /// The first spare of a thread: from now on the thread cleans up when it ends.
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
    state.store(0, ordering: .relaxed)
  }

  /// A handle for the text of an error: whoever answers it is too late.
  @usableFromInline static let spent: ReplyNode = {
    let node = ReplyNode()
    node.state.store(Bits.claimed | Bits.done, ordering: .relaxed)
    return node
  }()
}
