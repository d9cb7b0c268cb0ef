/// What is printed of a process: its place in the table, and how often the place was used before.
package struct ProcessNumber: Hashable, Sendable, CustomStringConvertible {
  let index: UInt32
  let generation: UInt32

  package var description: String { "<0.\(index).\(generation)>" }
}
