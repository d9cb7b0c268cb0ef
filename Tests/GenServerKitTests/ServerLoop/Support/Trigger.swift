import GenServerKit

/// The messages whose handlers follow orders.
enum Trigger: CaseIterable {
  case call
  case callWithoutAnswer
  case cast
  case info
  case step
  case unexpected

  /// Gives the order, which lies in the mailbox or is done when this returns; the task ends when a call has its answer,
  /// and at once for all other messages.
  func give(_ order: Order, to server: RunningLoop) -> Task<Void, any Error> {
    switch self {
    case .call: return Task.immediate { _ = try await server.follow(order) }
    case .callWithoutAnswer: return Task.immediate { _ = try await server.followUnanswered(order) }
    case .cast: server.address.cast(order)
    case .info: server.address.send(order)
    case .step: server.address.cast(Order("", ending: .proceed(order)))
    case .unexpected: server.pid.send(UnexpectedOrder(order: order))
    }
    return Task {}
  }

  var isCall: Bool { self == .call || self == .callWithoutAnswer }
}
