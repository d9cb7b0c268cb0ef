import GenServerKit

/// What a server does with one message: it makes a note, puts messages into its own mailbox, and goes on as it is told.
struct Order: Sendable {
  indirect enum Ending: Sendable {
    case goOn
    case timeout(Timeout, Order)
    case hibernate
    case hibernateWithTimeout(Timeout, Order)
    case proceed(Order)
    case stop(ExitReason)
    case fail(any Error)
  }

  /// Empty for none.
  let note: String
  var messages: [Order] = []
  /// Come a second later, by timers.
  var delayed: [Order] = []
  var ending = Ending.goOn
  /// Where the handler waits before it does anything.
  var gate: Gate?
  /// Sent when the note has been made.
  var done: Signal?

  init(
    _ note: String, messages: [Order] = [], delayed: [Order] = [], ending: Ending = .goOn, gate: Gate? = nil,
    done: Signal? = nil
  ) {
    self.note = note
    self.messages = messages
    self.delayed = delayed
    self.ending = ending
    self.gate = gate
    self.done = done
  }
}

/// An order that is not of the server's `Info`.
struct UnexpectedOrder: Sendable {
  let order: Order
}
