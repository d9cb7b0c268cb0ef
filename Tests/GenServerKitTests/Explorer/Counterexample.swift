/// A broken promise, thrown by a step or by a check.
struct Violation: Error {
  enum Kind: Hashable {
    /// The model begins in a state that it forbids.
    case atTheStart
    /// Threads wait that nobody will wake.
    case deadlock
    /// From here on no order of steps comes to an end.
    case endless
    /// Something waits in the mailbox, and nobody will look.
    case lostWakeUp
    /// Two threads run the process, or one does that has no right to.
    case twoHolders
    /// A call was handled before what its caller had sent earlier.
    case overtaking
    /// A handler ran although the process was suspended.
    case runsSuspended
    /// Something was used by one thread when another had done away with it.
    case useAfterEnd
    /// A wait ended twice, or a request was handled twice.
    case doubleOutcome
    /// A wait ended with something other than what happened.
    case wrongOutcome
    /// An answer was given, and never arrived.
    case lostAnswer
    /// Something is left over that nobody will take away.
    case leftOver
  }

  let kind: Kind
  let text: String

  init(_ kind: Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

/// The shortest way to a broken promise.
struct Counterexample: CustomStringConvertible {
  let kind: Violation.Kind
  let text: String
  /// One line per step: which thread, and what it did.
  let trace: [String]

  var description: String {
    let lines = trace.enumerated().map { "  \($0.offset + 1). \($0.element)" }
    return (["\(kind): \(text), after"] + lines).joined(separator: "\n")
  }
}
