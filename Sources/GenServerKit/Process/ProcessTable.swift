private import GenServerKitC
internal import Synchronization

/// Every living process of a runtime, and those that are just telling of their end. The slots hold strong references: a
/// process lives until it stops, whether or not anything refers to it, and a strong slot cannot hand out an object that
/// is going away.
///
/// There are sixteen slabs, each under its own lock. Unless numbers are ordered, a thread always begins in the same
/// slab.
final class ProcessTable: Sendable {
  private static let slabBits: UInt32 = 4
  private static let slabCount = 1 << Int(slabBits)

  private struct Slot {
    var process: ProcessCore?
    var generation: UInt32 = 0
    var nextFree: Int32 = -1
  }

  /// The slots of a slab lie in pieces of memory that stay where they are: memory that grew as a whole would have to be
  /// moved, slot by slot, under the lock.
  private struct Slab: ~Copyable {
    private static let pieceBits = 8
    private static let pieceSize = 1 << pieceBits

    private var pieces: [UnsafeMutablePointer<Slot>] = []
    private(set) var count = 0
    var firstFree: Int32 = -1
    var isClosed = false

    deinit {
      for (number, piece) in pieces.enumerated() {
        piece.deinitialize(count: min(Self.pieceSize, count - number * Self.pieceSize))
        piece.deallocate()
      }
    }

    subscript(index: Int) -> Slot {
      unsafeAddress { UnsafePointer(address(index)) }
      unsafeMutableAddress { address(index) }
    }

    private func address(_ index: Int) -> UnsafeMutablePointer<Slot> {
      pieces[index >> Self.pieceBits] + (index & (Self.pieceSize - 1))
    }

    /// Returns the number of a new slot.
    mutating func append() -> Int {
      if count == pieces.count << Self.pieceBits { pieces.append(.allocate(capacity: Self.pieceSize)) }
      address(count).initialize(to: Slot())
      count += 1
      return count - 1
    }
  }

  /// Whether numbers are given out in the order of the starts, whichever thread starts.
  private let isOrdered: Bool
  private let inserted = Atomic<Int>(0)
  /// The slabs, retained for as long as the table exists.
  private let slabs: [Unmanaged<Locked<Slab>>] = (0..<slabCount).map { _ in .passRetained(Locked(Slab())) }

  init(isOrdered: Bool = false) { self.isOrdered = isOrdered }

  deinit { for slab in slabs { slab.release() } }

  /// Runs `body` under the slab's lock, without counting a reference.
  @inline(__always) private func withSlab<Result>(_ number: Int, _ body: (inout Slab) -> Result) -> Result {
    slabs[number]._withUnsafeGuaranteedRef { $0.withLock(body) }
  }

  /// Puts the process into the table and returns its number, which the process has before anything can find it there.
  /// Nil when the table is closed, or the timer that starts the process was cancelled.
  @discardableResult func insert(
    _ process: ProcessCore, setsNumber: Bool = false, startedBy timer: OwnedTimer? = nil
  ) -> ProcessNumber? {
    let thread = UInt(bitPattern: gs_thread_self())
    let number =
      isOrdered
      ? inserted.wrappingAdd(1, ordering: .relaxed).oldValue & (Self.slabCount - 1)
      : Int((thread >> 12 &* 0x9E37_79B9_7F4A_7C15) >> 60)
    return withSlab(number) { slab in
      guard !slab.isClosed else { return nil }
      if let timer, !timer.claims(leavesMessage: false) { return nil }
      let slot: Int
      if slab.firstFree >= 0 {
        slot = Int(slab.firstFree)
        slab.firstFree = slab[slot].nextFree
      } else {
        slot = slab.append()
      }
      let assigned = ProcessNumber(
        index: UInt32(slot) << Self.slabBits | UInt32(number), generation: slab[slot].generation)
      if setsNumber { process.number = assigned }
      slab[slot].process = process
      return assigned
    }
  }

  func remove(_ number: ProcessNumber) {
    if number == .none { return }
    let slot = Int(number.index >> Self.slabBits)
    // The process is released after the lock is let go.
    let process = withSlab(Int(number.index) & (Self.slabCount - 1)) { slab in
      let process = slab[slot].process.take()
      slab[slot].generation &+= 1
      slab[slot].nextFree = slab.firstFree
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
      guard place < slab.count, slab[place].generation == number.generation else { return nil }
      return slab[place].process
    }
    return process?.isAlive == true ? process : nil
  }

  /// Closes the table: no process can be inserted from now on.
  func close() { for number in 0..<Self.slabCount { withSlab(number) { $0.isClosed = true } } }

  /// The living processes. A process that is in the table all the while is in the list once, as its slot stays the
  /// same; a process that comes or goes meanwhile may be in it.
  var all: [ProcessCore] { list { $0.isAlive } }

  /// The living processes, and those that are just telling of their end.
  var allAndEnding: [ProcessCore] { list { _ in true } }

  private func list(where isWanted: (ProcessCore) -> Bool) -> [ProcessCore] {
    var all: [ProcessCore] = []
    visit { piece in
      all += piece.filter(isWanted)
      return true
    }
    return all
  }

  func first(where isWanted: (ProcessCore) -> Bool) -> ProcessCore? {
    var found: ProcessCore?
    visit { piece in
      found = piece.first { $0.isAlive && isWanted($0) }
      return found == nil
    }
    return found
  }

  /// The number of slots that are looked at before the lock is let go: a thread that starts or ends a process waits no
  /// longer for a listing of many processes than for one of few.
  private static let slotsAtOnce = 64

  /// Goes through the table piece by piece, as long as `body` wants more of it.
  private func visit(_ body: (ArraySlice<ProcessCore>) -> Bool) {
    var piece: [ProcessCore] = []
    piece.reserveCapacity(Self.slotsAtOnce)
    for number in 0..<Self.slabCount {
      var next = 0
      var isLast = false
      while !isLast {
        withSlab(number) { slab in
          let end = min(next + Self.slotsAtOnce, slab.count)
          for slot in next..<end { if let process = slab[slot].process { piece.append(process) } }
          next = end
          isLast = end == slab.count
        }
        guard body(piece[...]) else { return }
        piece.removeAll(keepingCapacity: true)
      }
    }
  }
}
