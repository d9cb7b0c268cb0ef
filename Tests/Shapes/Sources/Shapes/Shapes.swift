import GenServerKit
import MainActorByDefault

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Starts and calls a server of every shape that a handler can have, and fails if the library picked another one.
@main struct Shapes {
  static func main() async {
    // Off the main thread, on which no `initialize` runs: there a plain one begins its life in a task.
    let check = await Task.detached { await checked() }.value
    print("\(check.runs) runs of good shapes, \(check.failures) failures")
    if check.failures > 0 { exit(1) }
  }

  private static func checked() async -> Check {
    var check = Check()
    await plain(&check)
    await async(&check)
    await mixed(&check)
    return check
  }

  private static func plain(_ check: inout Check) async {
    await check.plain(Plain.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Throwing.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(TypedThrows.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Nonmutating.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Generic<String>.self, cast: .note("a"), info: .event("b")) { .journal(of: "c", $0) }
    await check.plain(InExtension.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(FinalClass.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Nonisolated.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(UsesRefined.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Overriding.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Consuming.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Borrowing.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Inferred.self, cast: .note, info: .event) { .journal($0) }
    await check.plain(Enumeration.self, cast: .note, info: .event) { .journal($0) }
    await check.handlers(
      ArgumentNotSendable.self, async: [], argument: { Notebook($0) }, cast: .note, info: .event,
      call: { .journal($0) })
  }

  private static func async(_ check: inout Check) async {
    await check.async(Async.self, cast: .note, info: .event) { .journal($0) }
    await check.async(Suspending.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncTypedThrows.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncNonmutating.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncGeneric<String>.self, cast: .note("a"), info: .event("b")) { .journal(of: "c", $0) }
    await check.async(AsyncInExtension.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncFinalClass.self, cast: .note, info: .event) { .journal($0) }
    await check.async(Nonsending.self, cast: .note, info: .event) { .journal($0) }
    await check.async(UsesAsyncRefined.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncConsuming.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncInferred.self, cast: .note, info: .event) { .journal($0) }
    await check.async(AsyncEnumeration.self, cast: .note, info: .event) { .journal($0) }
    await check.handlers(
      AsyncArgumentNotSendable.self, async: Handler.all, argument: { Notebook($0) }, cast: .note, info: .event,
      call: { .journal($0) })
    #if hasFeature(NonisolatedNonsendingByDefault)
      await check.async(AsyncNonisolated.self, cast: .note, info: .event) { .journal($0) }
      await check.async(UsesShortAsyncRefined.self, cast: .note, info: .event) { .journal($0) }
    #endif
  }

  private static func mixed(_ check: inout Check) async {
    await check.handlers(
      PlainCalls.self, async: [.cast, .continue], argument: { $0 }, cast: .note, info: .event,
      call: { .journal($0) })
    await check.handlers(
      AsyncCalls.self, async: [.initialize, .call, .info], argument: { $0 }, cast: .note, info: .event,
      call: { .journal($0) })
    await check.confirm("Thermostat") {
      let thermostat = try await Thermostat.start()
      thermostat.heat()
      let model = await ThermostatModel(thermostat)
      try await model.update()
      let temperature = await model.temperature
      return temperature == 19 ? nil : "\(temperature) degrees, not 19"
    }
  }
}

extension Handler {
  static var all: Set<Handler> { [.initialize, .call, .cast, .info, .continue] }
}

extension Check {
  fileprivate mutating func plain<Server: GenServer>(
    _ type: Server.Type, cast: Server.Cast, info: Server.Info, call: (ReplyTo<[Entry]>) -> Server.Call
  ) async where Server.Argument == Journal {
    await handlers(type, async: [], argument: { $0 }, cast: cast, info: info, call: call)
  }

  fileprivate mutating func async<Server: GenServer>(
    _ type: Server.Type, cast: Server.Cast, info: Server.Info, call: (ReplyTo<[Entry]>) -> Server.Call
  ) async where Server.Argument == Journal {
    await handlers(type, async: Handler.all, argument: { $0 }, cast: cast, info: info, call: call)
  }
}
