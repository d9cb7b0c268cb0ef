import GenServerKit

/// A table of Nim: players take one to three sticks in turn, and whoever takes the last one wins.
public struct GameTable: GenServer {
  public struct Settings: Sendable {
    public var seats: Int
    public var sticks: Int
    public var turnTime: Duration

    public init(seats: Int = 2, sticks: Int = 21, turnTime: Duration = .seconds(30)) {
      self.seats = seats
      self.sticks = sticks
      self.turnTime = turnTime
    }
  }

  public enum Failure: Error, Equatable {
    case tableIsFull
    case alreadySeated
    case notPlaying
    case notYourTurn
    case illegalMove
  }

  public enum Phase: Equatable, Sendable {
    case waitingForPlayers
    case turn(of: String)
    case over(winner: String)
  }

  public struct View: Equatable, Sendable {
    public var phase: Phase
    public var players: [String]
    public var sticks: Int
  }

  public enum Call: Sendable {
    case join(String, ReplyTo<Result<View, Failure>>)
    case take(Int, player: String, ReplyTo<Result<View, Failure>>)
    case view(ReplyTo<View>)
    case winner(ReplyTo<String>)
  }

  public enum Info: Sendable { case turnIsOver(number: Int) }

  private let settings: Settings
  private var phase = Phase.waitingForPlayers
  private var players: [String] = []
  private var current = 0
  private var sticks: Int
  private var turn = 0
  private var turnTimer: TimerReference?
  private var spectators: [ReplyTo<String>] = []

  private init(settings: Settings) {
    self.settings = settings
    sticks = settings.sticks
  }

  public static func initialize(_ settings: Settings, context: Context) -> Initial {
    .ok(GameTable(settings: settings))
  }

  public mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .join(let player, let client):
      guard !players.contains(player) else { return .fail(.alreadySeated, to: client) }
      guard case .waitingForPlayers = phase else { return .fail(.tableIsFull, to: client) }
      players.append(player)
      if players.count == settings.seats { beginTurn(of: 0, context) }
      return .reply(view, to: client)
    case .take(let count, let player, let client):
      guard case .turn(let current) = phase, players.contains(player) else { return .fail(.notPlaying, to: client) }
      guard player == current else { return .fail(.notYourTurn, to: client) }
      guard (1...3).contains(count), count <= sticks else { return .fail(.illegalMove, to: client) }
      sticks -= count
      if sticks == 0 { end(winner: player) } else { beginTurn(of: self.current + 1, context) }
      return .reply(view, to: client)
    case .view(let client):
      return .reply(view, to: client)
    case .winner(let client):
      if case .over(let winner) = phase { return .reply(winner, to: client) }
      spectators.append(client)
      return .noReply
    }
  }

  public mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .turnIsOver(let number):
      // A move that was handled first has begun the next turn, while this message was already in the mailbox.
      guard number == turn, case .turn = phase else { return .noReply }
      players.remove(at: current)
      if players.count == 1 { end(winner: players[0]) } else { beginTurn(of: current, context) }
      return .noReply
    }
  }

  private var view: View { View(phase: phase, players: players, sticks: sticks) }

  private mutating func beginTurn(of index: Int, _ context: Context) {
    current = index % players.count
    turn += 1
    phase = .turn(of: players[current])
    turnTimer?.cancel()
    // Not the idle timeout of a step: that begins anew with each message, also when somebody only looks.
    turnTimer = context.send(.turnIsOver(number: turn), after: settings.turnTime)
  }

  private mutating func end(winner: String) {
    turnTimer?.cancel()
    phase = .over(winner: winner)
    for spectator in spectators { spectator.reply(winner) }
    spectators = []
  }
}

extension ServerRef where Server == GameTable {
  @discardableResult
  public func join(_ player: String) async throws -> GameTable.View {
    try await call { .join(player, $0) }.get()
  }

  @discardableResult
  public func take(_ count: Int, as player: String) async throws -> GameTable.View {
    try await call { .take(count, player: player, $0) }.get()
  }

  public func view() async throws(CallError) -> GameTable.View {
    try await call { .view($0) }
  }

  /// Returns when the game is over.
  public func winner() async throws(CallError) -> String {
    try await call(timeout: .infinity) { .winner($0) }
  }
}
