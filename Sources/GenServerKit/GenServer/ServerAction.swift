/// What a server does after the handler has returned, unless a message comes first.
///
/// ```swift
/// return .reply(count, to: client, then: .timeout(.seconds(60), .idle))
/// ```
public struct ServerAction<Server: GenServer> {
  @usableFromInline enum Choice {
    case timeout(Timeout, Server.Info)
    case hibernate
    case hibernateWithTimeout(Timeout, Server.Info)
    case step(Server.Continue)
  }

  @usableFromInline let choice: Choice

  @usableFromInline init(_ choice: Choice) { self.choice = choice }

  /// Sends the server `message`, once, if nothing arrives until then. Any message ends the wait, even one that is
  /// dropped.
  ///
  /// With a timeout of zero the message comes at once if the mailbox is empty. See "Timeouts" in Elixir's `GenServer`.
  public static func timeout(_ timeout: Timeout, _ message: Server.Info) -> Self { Self(.timeout(timeout, message)) }

  /// Gives up spare memory until the next message.
  public static var hibernate: Self { Self(.hibernate) }

  /// Gives up spare memory, and sends the server `message` if nothing arrives until then.
  public static func hibernate(_ timeout: Timeout, _ message: Server.Info) -> Self {
    Self(.hibernateWithTimeout(timeout, message))
  }

  /// Runs `handleContinue` before anything in the mailbox.
  public static func `continue`(_ step: Server.Continue) -> Self { Self(.step(step)) }
}

extension ServerAction: Sendable where Server.Continue: Sendable {}
extension ServerAction.Choice: Sendable where Server.Continue: Sendable {}
