internal import Synchronization

/// Which of several things that can end a wait came first; the others find that it is over.
///
/// One atomic byte, so that the server's loop can ask for each request whether somebody still waits for it. What comes with
/// an outcome, such as an error, belongs to whoever decided it until it is handed over.
struct FirstOutcome: ~Copyable, Sendable {
  enum Kind: UInt8 {
    /// The answer.
    case answered = 1
    /// Room in a mailbox.
    case admitted
    /// The end of the process that is waited for, or the end of its start.
    case ended
    /// An answer that nobody will ever give, or a request that was not taken.
    case failed
    /// The end of the time.
    case timedOut
    /// A cancellation, or another reason of its own for which the one who waits goes on.
    case gaveUp
  }

  private let word = Atomic<UInt8>(0)

  init() {}

  /// Returns whether this outcome is the first.
  func decide(_ kind: Kind) -> Bool {
    word.compareExchange(expected: 0, desired: kind.rawValue, ordering: .acquiringAndReleasing).exchanged
  }

  /// The first outcome; nil as long as there is none.
  var kind: Kind? { Kind(rawValue: word.load(ordering: .acquiring)) }

  var isDecided: Bool { word.load(ordering: .acquiring) != 0 }

  /// Whether the one who waited has left without an answer that could still come.
  var isAbandoned: Bool { word.load(ordering: .acquiring) >= Kind.timedOut.rawValue }
}
