import GenServerKit

extension TaskHandlerChapter {
  struct ReferencesOutcome {
    let byPID: Int
    let byName: Int
    let isSameProcess: Bool
    let onOtherNode: CallError
    let castOnOtherNode: Delivery
  }

  static func references(_ tour: Narrator) async throws -> ReferencesOutcome {
    let byPID = tour.show(#"Counter.start(10, name: "main")"#, try await Counter.start(10, name: "main"))
    let first = tour.show("byPID.increment()", try await byPID.increment())
    let byName = tour.show(#"Counter.named("main")"#, Counter.named("main"))
    let second = tour.show("byName.increment()", try await byName.increment())
    let isSameProcess = tour.show("byName.pid == byPID.pid", byName.pid == byPID.pid)

    let name = ProcessName<Counter>("main").on("shop@example.org")
    let remote = tour.show(#"Counter.named(ProcessName("main").on("shop@example.org"))"#, Counter.named(name))
    let error = try await tour.failure(CallError.self, "remote.increment()") { try await remote.increment() }
    let delivery = tour.show("remote.reset()", remote.reset())
    return ReferencesOutcome(
      byPID: first, byName: second, isSameProcess: isSameProcess, onOtherNode: error, castOnOtherNode: delivery)
  }
}
