import Testing

@testable import GenServerKit

private struct TableTenant: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

/// Living processes of a runtime of their own.
private func tenants(_ count: Int) async throws -> [ProcessCore] {
  try await withRuntime(Runtime()) { () async throws in
    var cores: [ProcessCore] = []
    for _ in 0..<count { cores.append(try #require(try await TableTenant.start().pid?.core)) }
    return cores
  }
}

@Suite("Process table") struct ProcessTableTests {
  @Test("Each process gets a number of its own")
  func numbers() async throws {
    let table = ProcessTable()
    let processes = try await tenants(100)
    let numbers = processes.compactMap { table.insert($0) }
    #expect(Set(numbers).count == 100)
    #expect(numbers.allSatisfy { $0.generation == 0 })
    #expect(Set(table.all.map(ObjectIdentifier.init)) == Set(processes.map(ObjectIdentifier.init)))
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }

  @Test("The place of a process that has gone is used again, with a new generation")
  func reuse() async throws {
    let table = ProcessTable()
    let processes = try await tenants(3)
    func reused() throws {
      // In one piece, as the place depends on the thread.
      let first = try #require(table.insert(processes[0]))
      let second = try #require(table.insert(processes[1]))
      table.remove(first)
      let third = try #require(table.insert(processes[2]))
      #expect(third.index == first.index)
      #expect(third.generation == first.generation + 1)
      #expect(third != first)
      #expect(third.description != first.description)
      #expect(second.index != third.index)
      table.remove(third)
      table.remove(second)
      let last = try #require(table.insert(processes[0]))
      #expect(last.index == second.index)
      #expect(last.generation == 1)
      #expect(table.all.count == 1)
    }
    try reused()
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }

  @Test("A closed table takes nobody in, and keeps whom it has")
  func closed() async throws {
    let table = ProcessTable()
    let processes = try await tenants(2)
    let number = try #require(table.insert(processes[0]))
    table.close()
    #expect(table.insert(processes[1]) == nil)
    #expect(table.all.count == 1)
    table.remove(number)
    #expect(table.all.isEmpty)
    #expect(table.insert(processes[1]) == nil)
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }

  @Test("A process is found by what is asked of it")
  func first() async throws {
    let table = ProcessTable()
    let processes = try await tenants(20)
    let numbers = processes.compactMap { table.insert($0) }
    #expect(table.first { $0 === processes[13] } === processes[13])
    table.remove(numbers[13])
    #expect(table.first { $0 === processes[13] } == nil)
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }

  @Test("A process is kept by its table alone, and no longer than that")
  func keeps() async throws {
    let table = ProcessTable()
    weak var kept: ProcessCore?
    let number: ProcessNumber
    do {
      let process = try await tenants(1)[0]
      number = try #require(table.insert(process))
      PID(process).exit(.killed)
      #expect(await PID(process).waitForExit() == .killed)
      kept = process
    }
    // It stays until it is taken out, and is shown to nobody else than those that ask for it.
    #expect(table.allAndEnding.count == 1)
    #expect(table.all.isEmpty)
    #expect(table.process(number) == nil)
    #expect(table.first { _ in true } == nil)
    table.remove(number)
    // The thread that ran the end may hold the process for a moment still.
    await eventually { kept == nil }
  }

  @Test("Processes come and go on many threads at once, and none is lost")
  func concurrent() async throws {
    let table = ProcessTable()
    let processes = try await tenants(8)
    await withTaskGroup(of: Void.self) { group in
      for process in processes {
        group.addTask {
          // Threads meet at the locks of the table.
          for _ in 0..<2000 {
            guard let number = table.insert(process) else { continue }
            table.remove(number)
          }
          _ = table.insert(process)
        }
      }
    }
    #expect(table.all.count == 8)
    #expect(Set(table.all.map(ObjectIdentifier.init)).count == 8)
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }
}
