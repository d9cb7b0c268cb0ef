internal import Synchronization

/// Which of several things that can end a wait came first; the others find that it is over.
///
/// It is one atomic byte, so that the server's loop can ask for each request whether somebody still waits for it. A
/// value that comes with an outcome, such as an error, belongs to the thread that decided until it is handed over.
struct FirstOutcome: ~Copyable, Sendable {
  enum Kind: UInt8 {
    /// The answer came.
    case answered = 1
    /// There was room in the mailbox.
    case admitted
    /// The awaited process ended, or its start was over.
    case ended
    /// Nobody will ever give the answer, or the request was not taken.
    case failed
    /// The time was up.
    case timedOut
    /// The waiting side was cancelled, or went on for another reason of its own.
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

  /// Whether the waiting side has left although an answer could still come.
  var isAbandoned: Bool { word.load(ordering: .acquiring) >= Kind.timedOut.rawValue }
}
