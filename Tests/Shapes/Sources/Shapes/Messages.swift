import GenServerKit

// For the shapes that name their messages with a typealias; some have enums of their own.

enum Question: Sendable {
  case journal(ReplyTo<[Entry]>)

  var client: ReplyTo<[Entry]> {
    switch self {
    case .journal(let client): client
    }
  }
}

enum Note: Sendable { case note }

enum Event: Sendable { case event }

/// Not `Sendable`, as steps need not be.
final class Step {}
