internal import Synchronization

/// The kind of handler that an activation is running.
@usableFromInline enum HandlerCode: UInt8 {
  /// Not recorded: a plain handler, or the body of a raw process.
  case unknown, initialize, call, cast, info, step, terminate
}

/// What an activation is doing, as others may see it. The activation writes it with plain stores, as each async handler
/// pays for them.
struct ActivationWork: ~Copyable {
  struct Shown {
    let handler: HandlerCode
    /// Since when the handler has been running; nil as long as it has not suspended.
    let since: Int64?
    /// How many messages were taken out of the mailbox together with the one being handled.
    let left: Int
  }

  /// The handler's code in the highest byte, and below it an instant in units of 1,024 ns, which is 0 while none is
  /// known. It is one word, so that nobody sees the code of one handler with the instant of another.
  private let word = Atomic<UInt64>(0)
  private let left = Atomic<UInt32>(0)

  private static let instantMask: UInt64 = 1 << 56 - 1

  private static func coded(_ handler: HandlerCode) -> UInt64 { UInt64(handler.rawValue) << 56 }
  private static func coded(_ instant: Int64) -> UInt64 { UInt64(max(0, instant)) >> 10 & instantMask }

  func clear() {
    word.store(0, ordering: .relaxed)
    left.store(0, ordering: .relaxed)
  }

  func begins(_ handler: HandlerCode, before left: Int, at instant: Int64?) {
    word.store(Self.coded(handler) | (instant.map { Self.coded($0) } ?? 0), ordering: .relaxed)
    self.left.store(UInt32(clamping: left), ordering: .relaxed)
  }

  /// Called by the thread that the activation has left. It has no effect if the activation has gone on to a handler
  /// that has recorded its instant.
  func suspends(at instant: Int64) {
    let seen = word.load(ordering: .relaxed)
    guard seen & ~Self.instantMask != 0, seen & Self.instantMask == 0 else { return }
    _ = word.compareExchange(expected: seen, desired: seen | Self.coded(instant), ordering: .relaxed)
  }

  var shown: Shown {
    let word = word.load(ordering: .relaxed)
    let instant = word & Self.instantMask
    return Shown(
      handler: HandlerCode(rawValue: UInt8(word >> 56)) ?? .unknown, since: instant == 0 ? nil : Int64(instant << 10),
      left: Int(left.load(ordering: .relaxed)))
  }
}
