import GenServerKit

/// Whether callers run the handlers themselves, for behaviours that must not depend on it.
enum PuppetLending: CaseIterable {
  case never
  case fromTheFirstCall

  var option: StartOption {
    switch self {
    case .never: .lending(.never)
    case .fromTheFirstCall: .lending(.fromTheFirstCall)
    }
  }
}
