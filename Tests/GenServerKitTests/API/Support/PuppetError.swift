/// An error that a test's handler throws.
struct PuppetError: Error, Equatable {
  let text: String

  init(_ text: String) { self.text = text }
}
