import GenServerKit
import GenServerTesting

/// From a counter to late answers.
enum GuideChapter {
  static let chapter = Chapter(
    "S1  A guide to servers",
    [
      Example("S1-1", "A counter under a name", counter),
      Example("S1-2", "A stack: an empty one is an answer, not an error of the call", stack),
      Example("S1-3", "A store of keys and values", keyValueStore),
      Example("S1-4", "Sessions that expire after a minute", sessionStore),
      Example("S1-5", "A cache that is configured at its start", configurableCache),
      Example("S1-6", "Calls for answers, casts for news, infos for all else", messageKinds),
      Example("S1-7", "Servers by name, by pid, and by a name in a registry", names),
      Example("S1-8", "Every way to end a handler", replyFormats),
      Example("S1-9", "An answer that comes later, while others are served", earlyReturn),
      Example("S1-10", "Four pitfalls, wrong and right", pitfalls),
    ])

  static func counter(_ tour: Narrator) async throws -> (counts: [Int], afterReset: Int, initially: Int) {
    tour.show("Counter.start(from: 10)", try await Counter.start(from: 10))
    let counter = tour.show("Counter.named(.type)", Counter.named(.type))
    let counts = [
      tour.show("counter.increment()", try await counter.increment()),
      tour.show("counter.increment()", try await counter.increment()),
      tour.show("counter.value()", try await counter.value()),
    ]
    tour.show("counter.reset()", counter.reset())
    let afterReset = tour.show("counter.value()", try await counter.value())

    tour.show("counter.stop()", try await counter.stop())
    tour.show("Counter.start()", try await Counter.start())
    let initially = tour.show("counter.value()", try await counter.value())
    return (counts, afterReset, initially)
  }

  typealias Item = Result<Int, StackError>

  static func stack(_ tour: Narrator) async throws -> (tops: [Item], size: Int, ofEmpty: [Item]) {
    let stack = tour.show("Stack.start([1, 2, 3])", try await Stack.start([1, 2, 3]))
    tour.show("stack.push(4)", stack.push(4))
    let tops = [
      tour.show("stack.peek()", try await stack.peek()),
      tour.show("stack.pop()", try await stack.pop()),
      tour.show("stack.pop()", try await stack.pop()),
    ]
    let size = tour.show("stack.size()", try await stack.size())

    let empty = tour.show("Stack.start([])", try await Stack.start([]))
    let ofEmpty = [
      tour.show("empty.peek()", try await empty.peek()),
      tour.show("empty.pop()", try await empty.pop()),
    ]
    return (tops, size, ofEmpty)
  }

  struct StoreOutcome {
    typealias Answer = Result<StoredValue, KeyValueStore.Failure>
    var answers: [String: Answer] = [:]
    var deleted: [Answer] = []
    var keys: [Set<String>] = []
    var isNamed = false
  }

  static func keyValueStore(_ tour: Narrator) async throws -> StoreOutcome {
    var outcome = StoreOutcome()
    let started = tour.show(#"KeyValueStore.start(name: "people")"#, try await KeyValueStore.start(name: "people"))
    let store = tour.show(#"KeyValueStore.named("people")"#, KeyValueStore.named("people"))
    outcome.isNamed = store.pid == started.pid

    tour.show(#"store.put("name", "Alice")"#, store.put("name", "Alice"))
    tour.show(#"store.put("age", 30)"#, store.put("age", 30))
    outcome.answers["name"] = tour.show(#"store.get("name")"#, try await store.get("name"))
    outcome.answers["missing"] = tour.show(#"store.get("missing")"#, try await store.get("missing"))
    outcome.keys.append(tour.show("store.keys()", try await store.keys()))
    outcome.deleted.append(tour.show(#"store.delete("age")"#, try await store.delete("age")))
    outcome.deleted.append(tour.show(#"store.delete("age")"#, try await store.delete("age")))

    // Nothing is a value: it is found, and it is deleted.
    tour.show(#"store.put("nickname", nil)"#, store.put("nickname", nil))
    outcome.answers["nickname"] = tour.show(#"store.get("nickname")"#, try await store.get("nickname"))
    outcome.deleted.append(tour.show(#"store.delete("nickname")"#, try await store.delete("nickname")))
    outcome.keys.append(tour.show("store.keys()", try await store.keys()))

    tour.show("store.clear()", store.clear())
    outcome.keys.append(tour.show("store.keys()", try await store.keys()))
    return outcome
  }

  struct SessionOutcome {
    typealias Answer = Result<Session, SessionStore.Failure>
    let id: String
    let start: Timestamp
    let unknown: Answer
    let afterAMinute: Answer
    let refreshed: Answer
    let expired: [Answer]
    let swept: Answer
  }

  static func sessionStore(_ tour: Narrator) async throws -> SessionOutcome {
    try await withTestRuntime { test in
      let store = tour.show("SessionStore.start()", try await SessionStore.start())
      let start = test.clock.wallTime
      let ann = tour.show(#"store.create(userID: "ann")"#, try await store.create(userID: "ann"))
      let ben = tour.show(#"store.create(userID: "ben")"#, try await store.create(userID: "ben"))
      let unknown = tour.show(#"store.get("nobody")"#, try await store.get("nobody"))

      tour.show("clock.advance(by: .seconds(60))", await test.clock.advance(by: .seconds(60)))
      let afterAMinute = tour.show("store.get(ann)", try await store.get(ann))
      tour.show("store.refresh(ann)", store.refresh(ann))

      tour.show("clock.advance(by: .seconds(1))", await test.clock.advance(by: .seconds(1)))
      let refreshed = tour.show("store.get(ann)", try await store.get(ann))
      let expired = [
        tour.show("store.get(ben)", try await store.get(ben)),
        tour.show("store.get(ben)", try await store.get(ben)),
      ]

      // The clean-up at three minutes finds what nobody asked for.
      tour.show("clock.advance(by: .seconds(119))", await test.clock.advance(by: .seconds(119)))
      let swept = tour.show("store.get(ann)", try await store.get(ann))
      return SessionOutcome(
        id: ann, start: start, unknown: unknown, afterAMinute: afterAMinute, refreshed: refreshed, expired: expired,
        swept: swept)
    }
  }

  struct CacheOutcome {
    typealias Answer = Result<Int, ConfigurableCache.Failure>
    var answers: [Answer] = []
    var statistics: [ConfigurableCache.Statistics] = []
    var withoutRoom: StartError?
  }

  static func configurableCache(_ tour: Narrator) async throws -> CacheOutcome {
    try await withTestRuntime { test in
      var outcome = CacheOutcome()
      let cache = tour.show(
        "ConfigurableCache.start(.init(maxSize: 3, timeToLive: .seconds(10)))",
        try await ConfigurableCache.start(.init(maxSize: 3, timeToLive: .seconds(10)), name: .type))
      func get(_ key: String) async throws {
        outcome.answers.append(tour.show("cache.get(\"\(key)\")", try await cache.get(key)))
      }
      func advance(_ seconds: Int) async {
        tour.show("clock.advance(by: .seconds(\(seconds)))", await test.clock.advance(by: .seconds(seconds)))
      }

      tour.show(#"cache.put("a", 1)"#, cache.put("a", 1))
      tour.show(#"cache.put("b", 2)"#, cache.put("b", 2))
      try await get("a")
      outcome.statistics.append(tour.show("cache.statistics()", try await cache.statistics()))
      try await get("missing")

      // Full: what was read the longest ago goes, and a new value for an old key needs no room.
      await advance(1)
      try await get("a")
      tour.show(#"cache.put("c", 3)"#, cache.put("c", 3))
      tour.show(#"cache.put("d", 4)"#, cache.put("d", 4))
      try await get("b")
      tour.show(#"cache.put("d", 5)"#, cache.put("d", 5))
      try await get("c")
      try await get("d")

      // Reading keeps an entry; one that is not read for more than ten seconds expires.
      await advance(10)
      try await get("a")
      await advance(1)
      try await get("c")
      try await get("c")
      try await get("a")

      let plain = tour.show("ConfigurableCache.start(.init())", try await ConfigurableCache.start(.init()))
      outcome.statistics.append(tour.show("plain.statistics()", try await plain.statistics()))
      outcome.withoutRoom = try await tour.failure(StartError.self, "ConfigurableCache.start(.init(maxSize: 0))") {
        try await ConfigurableCache.start(.init(maxSize: 0))
      }
      return outcome
    }
  }

  static func earlyReturn(_ tour: Narrator) async throws -> (requested: [String], pages: [String]) {
    let network = try await Gate.start()
    let fetcher = tour.show("Fetcher.start(network)", try await Fetcher.start(network))
    let home = fetcher.requestFetch("home")
    let news = fetcher.requestFetch("news")
    let requested = tour.show("fetcher.requested()", try await fetcher.requested())
    tour.show("network.open()", network.open())
    let pages = [
      tour.show(#"fetcher.requestFetch("home").value()"#, try await home.value()),
      tour.show(#"fetcher.requestFetch("news").value()"#, try await news.value()),
    ]
    return (requested, pages)
  }
}
