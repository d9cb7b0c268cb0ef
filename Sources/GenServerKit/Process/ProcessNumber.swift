/// The number that is printed for a process: its place in the table, and how often the place was used before.
package struct ProcessNumber: Hashable, Sendable, CustomStringConvertible {
  package let index: UInt32
  let generation: UInt32

  /// The number of a process that has no place in a table: it never lived there, or the table was closed.
  static let none = ProcessNumber(index: .max, generation: .max)

  package var description: String { self == .none ? "<none>" : "<0.\(index).\(generation)>" }
}
