/// What one sender has sent.
struct SenderBook: Sendable {
  let sender: Int
  private var sequence = 0
  /// Letters that a life took and owes their handling.
  private(set) var taken: [Int: Int] = [:]

  init(sender: Int) { self.sender = sender }

  mutating func nextTag() -> Tag {
    sequence += 1
    return Tag(sender: sender, sequence: sequence)
  }

  mutating func note(takenBy life: Life) { taken[life.number, default: 0] += 1 }
}
