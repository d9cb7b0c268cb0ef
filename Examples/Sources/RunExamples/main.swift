import Examples
import GenServerKit

func show(_ call: String, _ answer: Any) {
  print("  \(call) -> \(answer)")
}

func failure(_ body: () async throws -> Void) async -> String {
  do {
    try await body()
    return "no failure"
  } catch {
    return "throws \(error)"
  }
}

print("Cache")
try await withServer(Cache<String, Int>.self, .init(capacity: 2, timeToLive: .seconds(60))) { cache in
  cache.insert(1, for: "one")
  cache.insert(2, for: "two")
  show("value(one)", try await cache.value(for: "one") as Any)
  cache.insert(3, for: "three")
  show("value(two), the least recently used of three", try await cache.value(for: "two") as Any)
  show("statistics()", try await cache.statistics())
}

print("RateLimiter")
try await withServer(RateLimiter.self, .init(capacity: 2, interval: .milliseconds(50))) { limiter in
  try await limiter.take(2)
  show("take() from an empty bucket", await failure { try await limiter.take() })
  try await limiter.wait()
  show("wait()", "a token")
}

print("ConnectionPool")
let pool = try await ConnectionPool<String>.start(.init(limit: 1, open: { "connection" }))
show("withConnection", try await pool.withConnection { $0 + " was used" })
let connection = try await pool.checkout()
show(
  "within(50 ms).checkout() while it is lent", await failure { _ = try await pool.within(.milliseconds(50)).checkout() }
)
pool.checkin(connection)
show("status()", try await pool.status())
try await pool.stop()

print("JobQueue")
try await withServer(JobQueue<Int>.self, 2) { queue in
  async let squares = withThrowingTaskGroup(of: Int.self) { group in
    for number in 1...4 { group.addTask { try await queue.run { number * number } } }
    return try await group.reduce(0, +)
  }
  show("the sum of four jobs", try await squares)
  try await queue.drain()
  show("status() after drain()", try await queue.status())
}

print("GameTable")
try await withServer(GameTable.self, .init(seats: 2, sticks: 5)) { table in
  try await table.join("Ada")
  show("join(Bob)", try await table.join("Bob"))
  show("take(1, as: Bob)", await failure { try await table.take(1, as: "Bob") })
  try await table.take(3, as: "Ada")
  show("take(2, as: Bob)", try await table.take(2, as: "Bob"))
  show("winner()", try await table.winner())
}

print("CircuitBreaker")
struct ServiceIsDown: Error {}
try await withServer(CircuitBreaker.self, .init(maxFailures: 2, resetAfter: .seconds(10))) { breaker in
  for _ in 1...2 { _ = await failure { try await breaker.run { throw ServiceIsDown() } } }
  show("state() after two failures", try await breaker.state())
  show("run", await failure { try await breaker.run {} })
}

print("Metrics")
let metrics = try await Metrics.startBounded(.init(interval: .seconds(60), export: { _ in }), name: .type)
for milliseconds in [3.0, 1, 2] { metrics.record(milliseconds, as: "latency") }
show("summaries()", try await Metrics.named(.type).summaries())
try await metrics.stop()

print("SessionStore")
try await withServer(SessionStore.self, .seconds(600)) { sessions in
  let token = try await sessions.open(user: "ada")
  show("open(ada)", token)
  show("session", try await sessions.session(token).user)
  show("closeAll(ada)", try await sessions.closeAll(user: "ada"))
  show("session", await failure { _ = try await sessions.session(token) })
}

print("ConfigStore")
try await withServer(ConfigStore.self, .init(refreshEvery: .seconds(60), load: { ["color": "green"] })) { store in
  show("value(color)", try await store.value("color") as Any)
  show("reload()", try await store.reload())
}

print("ChatRoom")
try await withServer(ChatRoom.self, .seconds(60)) { room in
  try await withServer(ChatMember.self) { ada in
    try await room.join("Ada", as: ada)
    try await room.say("Hello?", by: "Ada")
    try await withServer(ChatMember.self) { bob in
      show("join(Bob)", try await room.join("Bob", as: bob))
    }
    // Bob has left, as his server has stopped.
    for _ in 1...4 { show("Ada hears", try await ada.next()) }
    show("members()", try await room.members())
  }
}
