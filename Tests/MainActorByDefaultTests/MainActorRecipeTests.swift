import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "A server in a module of the main actor". In this module each declaration belongs to the main
// actor unless it says otherwise, as in an app.

struct Playlist: GenServer {
  struct Song: Sendable { var title: String }

  enum Call: Sendable { case next(ReplyTo<Song?>) }
  enum Cast: Sendable { case add(Song) }

  var songs = Queue<Song>()

  static func initialize(_: Void, context: Context) -> Initial { .ok(Playlist()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .next(let client): .reply(songs.next(), to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .add(let song): songs.add(song)
    }
    return .noReply
  }
}

nonisolated struct Queue<Element> {
  private var elements: [Element] = []

  mutating func add(_ element: Element) { elements.append(element) }
  mutating func next() -> Element? { elements.isEmpty ? nil : elements.removeFirst() }
}

nonisolated extension ServerRef where Server == Playlist {
  func add(_ song: Playlist.Song) { cast(.add(song)) }

  nonisolated(nonsending) func next() async throws(CallError) -> Playlist.Song? { try await call { .next($0) } }
}

final class Player {
  private(set) var title = "nothing"
  private let playlist: Playlist.Ref

  init(_ playlist: Playlist.Ref) { self.playlist = playlist }

  func skip() async throws { title = try await playlist.next()?.title ?? "nothing" }
}

@Suite("Recipe: A server in a module of the main actor") struct MainActorRecipeTests {
  @Test("the model stays on the main actor, the server does not need it")
  func player() async throws {
    try await withTestRuntime { _ in
      let playlist = try await Playlist.start()
      playlist.add(Playlist.Song(title: "Blue"))
      let player = Player(playlist)
      try await player.skip()
      MainActor.assertIsolated()
      #expect(player.title == "Blue")
      try await player.skip()
      #expect(player.title == "nothing")
      let title = try await Task.detached {
        playlist.add(Playlist.Song(title: "Kind of Blue"))
        return try await playlist.next()?.title
      }.value
      #expect(title == "Kind of Blue")
    }
  }
}

@Suite("Simulation in a module of the main actor") struct MainActorSimulationTests {
  @Test("a test that is not the main actor's runs its body in the simulation")
  @concurrent func simulation() async throws {
    try await simulate(seeds: 0..<20) { _ in
      let playlist = try await Playlist.start()
      playlist.add(Playlist.Song(title: "Blue"))
      let song = try await playlist.next()
      try #require(song?.title == "Blue")
    }
  }

  @Test("a test of the main actor is told what to do")
  func onMainActor() async throws {
    let player = Player(try await Playlist.start())
    await #expect(throws: SimulationError.onActor) {
      try await simulate(seed: 1) { _ in try await player.skip() }
    }
    await #expect(throws: SimulationError.onActor) { try await simulate(seeds: 0..<3) { _ in } }
  }
}
