import GenServerKit

enum LoopCall: Sendable {
  /// Answered with all notes.
  case follow(Order, ReplyTo<[String]>)
  /// The same, but the answer comes with the next order.
  case followUnanswered(Order, ReplyTo<[String]>)
  case notes(ReplyTo<[String]>)

  var order: Order? {
    switch self {
    case .follow(let order, _), .followUnanswered(let order, _): order
    case .notes: nil
    }
  }
}
