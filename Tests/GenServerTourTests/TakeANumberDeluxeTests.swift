import GenServerKit
import GenServerTesting
import Testing

@testable import GenServerTour

/// The tests of the exercise "take-a-number-deluxe" of Exercism's Elixir track, under their names there.
///
/// Where those sleep, these move the clock. Where those ask for a callback of a certain arity, these ask for what makes
/// the compiler demand the handler: a message type of its own.
@Suite(.timeLimit(.minutes(1))) struct TakeANumberDeluxeTests {
  private typealias MachineRef = ServerRef<TakeANumberDeluxe>
  private typealias Answer = Result<Int, Machine.Failure>

  private struct Hello: Equatable, Sendable {
    let name: String
  }

  /// Runs `body` in a process that is linked to a machine.
  private func withMachine(
    minimum: Int = 1, maximum: Int = 99, autoShutdown: Timeout = .infinity,
    _ body: (MachineRef, TestClock) async throws -> Void
  ) async throws {
    try await withTestRuntime { test in
      try await withProcess { _ async throws in
        let machine = try await TakeANumberDeluxe.startLink(
          .init(minimum: minimum, maximum: maximum, autoShutdown: autoShutdown))
        try await body(machine, test.clock)
      }
    }
  }

  private func queued(_ machine: MachineRef, _ count: Int) async throws -> [Answer] {
    var answers: [Answer] = []
    for _ in 0..<count { answers.append(try await machine.queueNewNumber()) }
    return answers
  }

  private func served(_ machine: MachineRef, _ count: Int) async throws -> [Answer] {
    var answers: [Answer] = []
    for _ in 0..<count { answers.append(try await machine.serveNext()) }
    return answers
  }

  // start_link/1

  @Test("S3-14: start_link/1 starts a new process") func startsAProcess() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let machine = try await TakeANumberDeluxe.startLink(.init(minimum: 1, maximum: 99))
        let pid = try #require(machine.pid)
        #expect(pid != process.pid)
        #expect(pid.isAlive)
        #expect(process.snapshot.links == [pid])
      }
    }
  }

  @Test("S3-14: start_link/1 the process doesn't have a name") func hasNoName() async throws {
    try await withMachine { machine, _ async throws in
      let snapshot = try #require(machine.pid?.snapshot)
      #expect(snapshot.name == nil)
    }
  }

  @Test("S3-14: start_link/1 min and max numbers get validated") func validates() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        process.trapExits()
        await #expect(throws: StartError.failed(.failure(Machine.Failure.invalidConfiguration))) {
          try await TakeANumberDeluxe.startLink(.init(minimum: 999, maximum: 99))
        }
      }
    }
    // What is no number does not compile.
    let options = TakeANumberDeluxe.Options(minimum: 1, maximum: 99)
    #expect(type(of: options.minimum) == Int.self)
    #expect(type(of: options.maximum) == Int.self)
  }

  @Test("S3-14: start_link/1 mix and max numbers can be passed in any order") func anyOrder() async throws {
    // The labels of an initializer have an order, properties do not.
    var options = TakeANumberDeluxe.Options(minimum: 1, maximum: 99)
    options.maximum = 333
    options.minimum = 100
    try await withMachine { machine, _ async throws in #expect(machine.isAlive) }
    try await withMachine(minimum: options.minimum, maximum: options.maximum) { machine, _ async throws in
      #expect(try await machine.report() == Machine(minimum: 100, maximum: 333))
    }
  }

  @Test("S3-14: start_link/1 the init/1 GenServer callback is defined") func hasInitialize() async throws {
    #expect(TakeANumberDeluxe.Argument.self == TakeANumberDeluxe.Options.self)
    try await withMachine { machine, _ async throws in
      #expect(try await Sys.state(of: machine).machine == Machine(minimum: 1, maximum: 99))
    }
  }

  // report_state/1

  @Test("S3-14: report_state/1 returns the state of the current process") func reports() async throws {
    try await withMachine(minimum: 4, maximum: 55) { machine, _ async throws in
      #expect(try await machine.report() == Machine(minimum: 4, maximum: 55))
    }
  }

  @Test("S3-14: report_state/1 different processes have different states") func differs() async throws {
    try await withMachine(minimum: 4, maximum: 55) { first, _ in
      let second = try await TakeANumberDeluxe.startLink(.init(minimum: 1, maximum: 19))
      #expect(try await first.report() != (try await second.report()))
    }
  }

  @Test("S3-14: report_state/1 the handle_call/3 GenServer callback is defined") func hasHandleCall() {
    #expect(TakeANumberDeluxe.Call.self != Never.self)
  }

  // queue_new_number/1

  @Test("S3-14: queue_new_number/1 returns the newly queued number") func queues() async throws {
    try await withMachine(minimum: 4, maximum: 55) { machine, _ async throws in
      #expect(try await machine.queueNewNumber() == .success(4))
    }
  }

  @Test("S3-14: queue_new_number/1 can queue multiple numbers") func queuesSeveral() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(1), .success(2), .success(3)])
    }
  }

  @Test("S3-14: queue_new_number/1 returns an error when there are no more available numbers")
  func queuesNoMore() async throws {
    try await withMachine(maximum: 3) { machine, _ async throws in
      #expect(
        try await queued(machine, 4) == [
          .success(1), .success(2), .success(3), .failure(.allPossibleNumbersAreInUse),
        ])
    }
  }

  @Test("S3-14: queue_new_number/1 updates the state accordingly") func queueingUpdates() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(1), .success(2), .success(3)])
      let state = try await machine.report()
      #expect(state.queue == [1, 2, 3])
      #expect([state.minimum, state.maximum] == [1, 99])
    }
  }

  // serve_next_queued_number/1

  @Test("S3-14: serve_next_queued_number/1 returns the new number being served") func serves() async throws {
    try await withMachine(minimum: 100, maximum: 999) { machine, _ async throws in
      #expect(try await machine.queueNewNumber() == .success(100))
      #expect(try await machine.serveNext() == .success(100))
    }
  }

  @Test("S3-14: serve_next_queued_number/1 can serve multiple numbers") func servesSeveral() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(1), .success(2), .success(3)])
      #expect(try await served(machine, 3) == [.success(1), .success(2), .success(3)])
    }
  }

  @Test("S3-14: serve_next_queued_number/1 returns an error when there are no more queued")
  func servesNoMore() async throws {
    try await withMachine(maximum: 3) { machine, _ async throws in
      #expect(try await machine.serveNext() == .failure(.emptyQueue))
    }
  }

  @Test("S3-14: serve_next_queued_number/1 accepts a priority number to skip the queue")
  func servesPriority() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(1), .success(2), .success(3)])
      #expect(try await machine.serveNext(priority: 3) == .success(3))
    }
  }

  @Test("S3-14: serve_next_queued_number/1 returns an error when the priority number is not in the queue")
  func servesNoUnknownPriority() async throws {
    try await withMachine(maximum: 3) { machine, _ async throws in
      #expect(try await queued(machine, 2) == [.success(1), .success(2)])
      #expect(try await machine.serveNext(priority: 7) == .failure(.priorityNumberNotFound))
    }
  }

  @Test("S3-14: serve_next_queued_number/1 updates the state accordingly") func servingUpdates() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(1), .success(2), .success(3)])
      #expect(try await served(machine, 2) == [.success(1), .success(2)])
      let state = try await machine.report()
      #expect(state.queue == [3])
      #expect([state.minimum, state.maximum] == [1, 99])
    }
  }

  // reset_state/1

  @Test("S3-14: reset_state/1 returns :ok") func resets() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await machine.queueNewNumber() == .success(1))
      #expect(machine.reset() == .enqueued)
    }
  }

  @Test("S3-14: reset_state/1 updates the state accordingly") func resettingUpdates() async throws {
    try await withMachine(minimum: 7, maximum: 77) { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(7), .success(8), .success(9)])
      #expect(try await served(machine, 2) == [.success(7), .success(8)])
      #expect(machine.reset() == .enqueued)
      #expect(try await machine.report() == Machine(minimum: 7, maximum: 77))
    }
  }

  @Test("S3-14: reset_state/1 the handle_cast/2 GenServer callback is defined") func hasHandleCast() {
    #expect(TakeANumberDeluxe.Cast.self != Never.self)
  }

  // handling timeouts and unexpected messages

  /// Lets twice the time pass that a machine waits for messages.
  private func shutsDown(
    maximum: Int = 99, after act: (MachineRef) async throws -> Void
  ) async throws -> ExitReason? {
    var reason: ExitReason?
    try await withMachine(maximum: maximum, autoShutdown: .milliseconds(50)) { machine, clock in
      #expect(machine.isAlive)
      try await act(machine)
      #expect(machine.isAlive)
      await clock.advance(by: .milliseconds(100))
      if !machine.isAlive { reason = await machine.waitForExit() }
    }
    return reason
  }

  @Test("S3-14: handling timeouts and unexpected messages auto shutdown works after initializing")
  func shutsDownAfterStart() async throws {
    #expect(try await shutsDown { _ in } == .normal)
  }

  @Test("S3-14: handling timeouts and unexpected messages auto shutdown works after reporting state")
  func shutsDownAfterReport() async throws {
    let reason = try await shutsDown { machine async throws in
      #expect(try await machine.report().autoShutdown == .milliseconds(50))
    }
    #expect(reason == .normal)
  }

  @Test("S3-14: handling timeouts and unexpected messages auto shutdown works after taking a new number")
  func shutsDownAfterQueueing() async throws {
    let reason = try await shutsDown { machine async throws in
      #expect(try await machine.queueNewNumber() == .success(1))
    }
    #expect(reason == .normal)
  }

  @Test(
    "S3-14: handling timeouts and unexpected messages auto shutdown works after an error when taking a new number")
  func shutsDownAfterQueueingError() async throws {
    let reason = try await shutsDown(maximum: 2) { machine async throws in
      #expect(
        try await queued(machine, 3) == [.success(1), .success(2), .failure(.allPossibleNumbersAreInUse)])
    }
    #expect(reason == .normal)
  }

  @Test("S3-14: handling timeouts and unexpected messages auto shutdown works after serving the next queued number")
  func shutsDownAfterServing() async throws {
    let reason = try await shutsDown { machine async throws in
      #expect(try await machine.queueNewNumber() == .success(1))
      #expect(try await machine.serveNext() == .success(1))
    }
    #expect(reason == .normal)
  }

  @Test(
    """
    S3-14: handling timeouts and unexpected messages auto shutdown works after an error when serving the next queued \
    number
    """)
  func shutsDownAfterServingError() async throws {
    let reason = try await shutsDown { machine async throws in
      #expect(try await machine.queueNewNumber() == .success(1))
      #expect(try await served(machine, 2) == [.success(1), .failure(.emptyQueue)])
    }
    #expect(reason == .normal)
  }

  @Test("S3-14: handling timeouts and unexpected messages resetting state preserves the auto shutdown timeout")
  func resettingKeepsAutoShutdown() async throws {
    try await withMachine(autoShutdown: .milliseconds(50)) { machine, _ async throws in
      let expected = try Machine(minimum: 1, maximum: 99, autoShutdown: .milliseconds(50))
      #expect(try await machine.report() == expected)
      #expect(machine.reset() == .enqueued)
      #expect(try await machine.report() == expected)
    }
  }

  @Test("S3-14: handling timeouts and unexpected messages auto shutdown works after resetting state")
  func shutsDownAfterReset() async throws {
    let reason = try await shutsDown { machine async throws in #expect(machine.reset() == .enqueued) }
    #expect(reason == .normal)
  }

  @Test("S3-14: handling timeouts and unexpected messages unexpected messages do not affect the state")
  func ignoresUnexpected() async throws {
    try await withMachine { machine, _ async throws in
      #expect(try await queued(machine, 3) == [.success(1), .success(2), .success(3)])
      #expect(try await machine.serveNext() == .success(1))
      let before = try await machine.report()
      #expect(machine.pid?.send(Hello(name: "there")) == .enqueued)
      #expect(try await machine.report() == before)
    }
  }

  @Test("S3-14: handling timeouts and unexpected messages auto shutdown works after handling unexpected messages")
  func shutsDownAfterUnexpected() async throws {
    let reason = try await shutsDown { machine async throws in
      #expect(machine.pid?.send(Hello(name: "there")) == .enqueued)
    }
    #expect(reason == .normal)
  }

  @Test("S3-14: handling timeouts and unexpected messages the handle_info/2 GenServer callback is defined")
  func hasHandleInfo() {
    #expect(TakeANumberDeluxe.Info.self != Never.self)
  }
}
