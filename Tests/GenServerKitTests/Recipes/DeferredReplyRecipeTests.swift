import GenServerKit
import GenServerTesting
import Testing

// The code of the recipe "Answers that come later, or from somebody else".

/// Jobs for whoever asks; who comes too early waits.
private struct Jobs: GenServer {
  enum Call: Sendable { case next(ReplyTo<String>) }
  enum Cast: Sendable { case add(String) }

  var jobs: [String] = []
  var waiting: [ReplyTo<String>] = []

  static func initialize(_: Void, context: Context) -> Initial { .ok(Jobs()) }

  mutating func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .next(let client):
      waiting.append(client)
      serve()
      return .noReply
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .add(let job):
      jobs.append(job)
      serve()
      return .noReply
    }
  }

  private mutating func serve() {
    while let job = jobs.first, !waiting.isEmpty {
      // A client that has given up takes nothing, and the job is for the next one.
      if waiting.removeFirst().reply(job) { jobs.removeFirst() }
    }
  }
}

extension ServerRef where Server == Jobs {
  fileprivate func next() async throws(CallError) -> String { try await call { .next($0) } }
  fileprivate func add(_ job: String) { cast(.add(job)) }
}

/// Stores texts.
private struct Bookcase: GenServer {
  enum Cast: Sendable { case read(String, ReplyTo<String?>) }

  let texts: [String: String]

  static func initialize(_ texts: [String: String], context: Context) -> Initial { .ok(Bookcase(texts: texts)) }

  func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .read(let title, let client): .reply(texts[title], to: client)
    }
  }
}

/// Knows which bookcase has what, and does not wait for it.
private struct Catalogue: GenServer {
  enum Call: Sendable { case read(String, ReplyTo<String?>) }

  let bookcases: [Character: Bookcase.Ref]

  static func initialize(_ bookcases: [Character: Bookcase.Ref], context: Context) -> Initial {
    .ok(Catalogue(bookcases: bookcases))
  }

  func handleCall(_ call: Call, context: Context) -> Next {
    switch call {
    case .read(let title, let client):
      guard let first = title.first, let bookcase = bookcases[first] else { return .reply(nil, to: client) }
      bookcase.cast(.read(title, client))
      return .noReply
    }
  }
}

extension ServerRef where Server == Catalogue {
  fileprivate func read(_ title: String) async throws(CallError) -> String? { try await call { .read(title, $0) } }
}

@Suite("Recipe: Answers that come later, or from somebody else") struct DeferredReplyRecipeTests {
  @Test("who comes too early waits, in order")
  func later() async throws {
    try await withTestRuntime { _ in
      let jobs = try await Jobs.start()
      let first = jobs.sendRequest { .next($0) }
      let second = jobs.sendRequest { .next($0) }
      jobs.add("wash")
      jobs.add("dry")
      jobs.add("iron")
      #expect(try await (first.value(), second.value()) == ("wash", "dry"))
      #expect(try await jobs.next() == "iron")
    }
  }

  @Test("a job is not lost with a client that gave up")
  func gaveUp() async throws {
    try await withTestRuntime { test in
      let jobs = try await Jobs.start()
      let call = Task { try await jobs.next() }
      await test.clock.waitForTimers()
      await test.clock.advance(by: .seconds(5))
      await #expect(throws: CallError.timeout()) { try await call.value }
      jobs.add("wash")
      #expect(try await jobs.next() == "wash")
    }
  }

  @Test("the bookcase answers for the catalogue")
  func forwarded() async throws {
    try await withTestRuntime { _ in
      let bookcase = try await Bookcase.start(["Emma": "Emma Woodhouse, handsome"])
      let catalogue = try await Catalogue.start(["E": bookcase])
      #expect(try await catalogue.read("Emma") == "Emma Woodhouse, handsome")
      #expect(try await catalogue.read("Dune") == nil)
      try await bookcase.stop()
      // Nobody has the handle any more.
      await #expect(throws: CallError.replyDropped()) { try await catalogue.read("Emma") }
    }
  }
}
