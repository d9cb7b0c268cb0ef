private import GenServerKitC
internal import Synchronization

/// Every living process of a runtime, and those that are just telling of their end. The slots are strong: a process lives until it stops, whoever refers to it, and a
/// strong slot cannot hand out an object that is going away.
///
/// Sixteen slabs, each under its own lock; a thread always begins in the same one.
final class ProcessTable: Sendable {
  private static let slabBits: UInt32 = 4
  private static let slabCount = 1 << Int(slabBits)

  private struct Slot {
    var process: ProcessCore?
    var generation: UInt32 = 0
    var nextFree: Int32 = -1
  }

  private final class Slab: @unchecked Sendable {
    // Unchecked: touched under the lock only.
    let lock = Lock()
    @exclusivity(unchecked) var slots: [Slot] = []
    @exclusivity(unchecked) var firstFree: Int32 = -1
    @exclusivity(unchecked) var isClosed = false
  }

  /// Whether numbers are given out in the order of the starts, whichever thread starts.
  private let isOrdered: Bool
  private let inserted = Atomic<Int>(0)
  /// Retained, for as long as the table is there.
  private let slabs: [Unmanaged<Slab>] = (0..<slabCount).map { _ in .passRetained(Slab()) }

  init(isOrdered: Bool = false) { self.isOrdered = isOrdered }

  deinit { for slab in slabs { slab.release() } }

  /// Without counting a reference.
  @inline(__always) private func withSlab<Result>(_ number: Int, _ body: (Slab) -> Result) -> Result {
    slabs[number]._withUnsafeGuaranteedRef(body)
  }

  /// Hands out the number, and gives it to the process before anybody can find it there. Nil when the table is closed, or
  /// the timer that starts the process was cancelled.
  @discardableResult func insert(
    _ process: ProcessCore, setsNumber: Bool = false, startedBy timer: OwnedTimer? = nil
  ) -> ProcessNumber? {
    let thread = UInt(bitPattern: gs_thread_self())
    let number =
      isOrdered
      ? inserted.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.slabCount - 1)
      : Int((thread >> 12 &* 0x9E37_79B9_7F4A_7C15) >> 60)
    return withSlab(number) { slab in
      slab.lock.lock()
      defer { slab.lock.unlock() }
      guard !slab.isClosed else { return nil }
      if let timer, !timer.claims(leavesMessage: false) { return nil }
      let slot: Int
      if slab.firstFree >= 0 {
        slot = Int(slab.firstFree)
        slab.firstFree = slab.slots[slot].nextFree
      } else {
        slot = slab.slots.count
        slab.slots.append(Slot())
      }
      let assigned = ProcessNumber(
        index: UInt32(slot) << Self.slabBits | UInt32(number), generation: slab.slots[slot].generation)
      if setsNumber { process.number = assigned }
      slab.slots[slot].process = process
      return assigned
    }
  }

  func remove(_ number: ProcessNumber) {
    if number == .none { return }
    let slot = Int(number.index >> Self.slabBits)
    // Released after the lock.
    let process = withSlab(Int(number.index) & (Self.slabCount - 1)) { slab in
      slab.lock.lock()
      defer { slab.lock.unlock() }
      let process = slab.slots[slot].process.take()
      slab.slots[slot].generation &+= 1
      slab.slots[slot].nextFree = slab.firstFree
      slab.firstFree = Int32(slot)
      return process
    }
    withExtendedLifetime(process) {}
  }

  /// The process of that number, while it lives.
  func process(_ number: ProcessNumber) -> ProcessCore? {
    if number == .none { return nil }
    let place = Int(number.index >> Self.slabBits)
    let process: ProcessCore? = withSlab(Int(number.index) & (Self.slabCount - 1)) { slab in
      slab.lock.withLock {
        guard place < slab.slots.count, slab.slots[place].generation == number.generation else { return nil }
        return slab.slots[place].process
      }
    }
    return process?.isAlive == true ? process : nil
  }

  /// No process can be inserted from now on.
  func close() {
    for number in 0..<Self.slabCount { withSlab(number) { slab in slab.lock.withLock { slab.isClosed = true } } }
  }

  var all: [ProcessCore] { allAndEnding.filter(\.isAlive) }

  /// With those that are just telling of their end.
  var allAndEnding: [ProcessCore] {
    (0..<Self.slabCount).flatMap { number in
      withSlab(number) { slab in slab.lock.withLock { slab.slots.compactMap(\.process) } }
    }
  }

  func first(where isWanted: (ProcessCore) -> Bool) -> ProcessCore? {
    for number in 0..<Self.slabCount {
      let found = withSlab(number) { slab in
        slab.lock.withLock { slab.slots.first { $0.process.map { $0.isAlive && isWanted($0) } ?? false }?.process }
      }
      if let found { return found }
    }
    return nil
  }
}
