import GenServerKit

struct RoguePlan: Sendable {
  let elsewhere: Elsewhere
  var shelf = Shelf<ReplyTo<Payload>>()
  /// Gets whether second answers were taken.
  var journal = Journal()
  /// Whether async handlers really suspend.
  var suspends = false
}

struct RogueError: Error, Equatable {}
