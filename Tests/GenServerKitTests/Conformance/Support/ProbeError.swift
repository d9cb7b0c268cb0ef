/// What the handlers of probes throw.
struct ProbeError: Error, Equatable {
  let text: String

  init(_ text: String) { self.text = text }
}
