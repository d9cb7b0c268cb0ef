/// What a server that acts of its own accord starts with.
struct Errand: Sendable {
  let round: Round
  let random: SeededGenerator
}
