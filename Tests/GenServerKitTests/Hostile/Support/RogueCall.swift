import GenServerKit

struct RogueCall: Sendable {
  let deed: Deed
  /// The number that the answer must bear. A wrong answer bears `poison`.
  let number: Int
  /// Lives as long as the request does.
  let ticket: Payload
  let census: Census
  let client: ReplyTo<Payload>

  static var poison: Int { -1 }

  var answer: Payload { Payload(number, census) }
  var wrongAnswer: Payload { Payload(Self.poison, census) }

  /// Answers through the handle and returns whether the caller took it.
  @discardableResult func give(_ payload: Payload) -> Bool {
    guard client.reply(payload) else { return false }
    payload.taken()
    return true
  }
}
