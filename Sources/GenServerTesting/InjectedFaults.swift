import GenServerKit

/// The faults that one test has injected, to be checked when its body has returned.
final class InjectedFaults: Sendable {
  private struct Injected {
    let injection: FaultBook.Injection
    let typeName: String
    let place: SourcePlace
  }

  private let all = Locked<[Injected]>([])

  func add(_ injection: FaultBook.Injection, into typeName: String, at place: SourcePlace) {
    all.withLock { $0.append(Injected(injection: injection, typeName: typeName, place: place)) }
  }

  /// The failure of the first fault that has happened to no server.
  var missing: ExpectationFailure? { outcomes.lazy.compactMap(\.missing).first }

  /// The injections by place, each with a failure if it has happened to no server.
  var outcomes: [(place: String, missing: ExpectationFailure?)] {
    all.withLock { $0 }.map { ("\($0.place.fileID):\($0.place.line):\($0.place.column)", failure(of: $0)) }
  }

  private func failure(of injected: Injected) -> ExpectationFailure? {
    let rest = injected.injection.rest
    if rest.isEmpty { return nil }
    let starts = injected.injection.starts
    let why =
      if starts == 0 {
        "no \(injected.typeName) was started that it was for"
      } else if starts == 1 {
        "the \(injected.typeName) that it was for took fewer messages that count"
      } else {
        "the \(starts) servers of that type that it was for took fewer messages that count"
      }
    return ExpectationFailure(
      "\(rest.names), injected here into \(injected.typeName), did not happen: \(why)", at: injected.place)
  }
}

extension FaultBook.Entry {
  /// The faults as a test writes them, in the order of their numbers.
  var names: String {
    var names: [String] = []
    if let startFailure { names.append("failStart(\(startFailure))") }
    for (number, fault) in messages.sorted(by: { $0.key < $1.key }) {
      switch fault {
      case .exit(.killed): names.append("kill(atMessage: \(number))")
      case .exit(let reason): names.append("exit(\(reason), atMessage: \(number))")
      case .delay(let duration): names.append("delay(message: \(number), by: \(duration))")
      }
    }
    for (number, fault) in replies.sorted(by: { $0.key < $1.key }) {
      switch fault {
      case .drop: names.append("dropReply(toCall: \(number))")
      case .delay(let duration): names.append("delayReply(toCall: \(number), by: \(duration))")
      }
    }
    return names.joined(separator: ", ")
  }
}
