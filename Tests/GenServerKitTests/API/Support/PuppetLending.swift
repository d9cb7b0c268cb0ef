import GenServerKit

/// Whether callers run the handlers themselves, for behaviours that must not depend on it.
enum PuppetLending: CaseIterable {
  case never
  case always

  var option: StartOption {
    switch self {
    case .never: .callsInPlace(.never)
    case .always: .callsInPlace(.always)
    }
  }
}
