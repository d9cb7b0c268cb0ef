import GenServerKit
import Synchronization

/// What everybody in a round knows.
final class Round: Sendable {
  let number: Int
  /// Whether it is shut down while everybody is at work.
  let isAbrupt: Bool
  let runtime: Runtime
  let totals: Totals
  let population = Population()
  let nameRoster = NameRoster()
  /// The states of servers that are there.
  let states = TokenCount()
  /// The messages that are there.
  let parcels = TokenCount()

  private let ends = Atomic<Bool>(false)

  init(number: Int, isAbrupt: Bool, runtime: Runtime, totals: Totals) {
    self.number = number
    self.isAbrupt = isAbrupt
    self.runtime = runtime
    self.totals = totals
  }

  /// Nobody begins anything new, and anything may fail if the round ends abruptly.
  var isOver: Bool { ends.load(ordering: .acquiring) }

  func end() { ends.store(true, ordering: .releasing) }

  /// Starts a worker, linked to the server whose handler runs if asked for.
  @discardableResult func start(
    _ traits: WorkerTraits, linked: Bool = false, name: String? = nil
  ) async throws(StartError) -> PID {
    traits.isAsync
      ? try await start(AsyncWorker.self, traits, linked, name)
      : try await start(PlainWorker.self, traits, linked, name)
  }

  private func start<Server: Worker>(
    _ type: Server.Type, _ traits: WorkerTraits, _ linked: Bool, _ name: String?
  ) async throws(StartError) -> PID {
    let argument = WorkerArgument(round: self, traits: traits, named: name)
    let name = name.map { ProcessName<Server>($0) }
    let server =
      linked
      ? try await Server.startLink(argument, name: name, options: traits.options)
      : try await Server.start(argument, name: name, options: traits.options)
    guard let pid = server.pid else { Violation.end("a server was started and its reference leads nowhere") }
    return pid
  }
}
