import GenServerKit
import Synchronization

/// What everybody in a round knows.
final class Round: Sendable {
  let number: Int
  /// Whether it is shut down while everybody is at work.
  let isAbrupt: Bool
  /// Where the clients are, and half of the workers.
  let runtime: Runtime
  /// Where the other workers are: calls, signals and watches go from one to the other and back.
  let abroad: Runtime
  let totals: Totals
  let population = Population()
  let nameRoster = NameRoster()
  /// The states of servers that are there.
  let states = TokenCount()
  /// The messages that are there.
  let parcels = TokenCount()

  private let ends = Atomic<Bool>(false)

  init(number: Int, isAbrupt: Bool, runtime: Runtime, abroad: Runtime, totals: Totals) {
    self.number = number
    self.isAbrupt = isAbrupt
    self.runtime = runtime
    self.abroad = abroad
    self.totals = totals
  }

  var runtimes: [Runtime] { [runtime, abroad] }

  /// Nobody begins anything new, and anything may fail if the round ends abruptly.
  var isOver: Bool { ends.load(ordering: .acquiring) }

  func end() { ends.store(true, ordering: .releasing) }

  /// Starts a worker, linked to the server whose handler runs if asked for. One with a name is at home, where the name is
  /// looked up, and one that is linked where its starter is.
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
    let isAbroad = traits.isAbroad && name == nil && !linked
    let name = name.map { ProcessName<Server>($0) }
    let server =
      if linked {
        try await Server.startLink(argument, name: name, options: traits.options)
      } else {
        try await withRuntime(isAbroad ? abroad : runtime) { () async throws(StartError) in
          try await Server.start(argument, name: name, options: traits.options)
        }
      }
    guard let pid = server.pid else { Violation.end("a server was started and its reference leads nowhere") }
    return pid
  }
}
