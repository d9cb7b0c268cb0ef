import Testing

@testable import GenServerKit

private struct NameTenant: GenServer {
  static func initialize(_: Void, context: Context) -> Initial { .ok(Self()) }
}

@Suite("Name table") struct NameTableTests {
  private func tenants(_ count: Int) async throws -> [ProcessCore] {
    try await withRuntime(Runtime()) { () async throws in
      var cores: [ProcessCore] = []
      for _ in 0..<count { cores.append(try #require(try await NameTenant.start().pid?.core)) }
      return cores
    }
  }

  @Test("A name is held by one process until it is given back")
  func holder() async throws {
    let names = NameTable()
    let processes = try await tenants(2)
    #expect(names.lookup("desk") == nil)
    #expect(names.register(processes[0], as: "desk") == nil)
    #expect(names.lookup("desk") === processes[0])
    #expect(names.register(processes[1], as: "desk") === processes[0])
    #expect(names.lookup("desk") === processes[0])
    names.unregister("desk", of: processes[0])
    #expect(names.lookup("desk") == nil)
    #expect(names.register(processes[1], as: "desk") == nil)
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }

  @Test("Nobody gives back another's name")
  func foreignName() async throws {
    let names = NameTable()
    let processes = try await tenants(2)
    #expect(names.register(processes[0], as: "desk") == nil)
    names.unregister("desk", of: processes[1])
    names.unregister("chair", of: processes[0])
    #expect(names.lookup("desk") === processes[0])
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }

  @Test("Of many that want one name at once exactly one gets it")
  func race() async throws {
    let names = NameTable()
    let processes = try await tenants(8)
    // Threads meet at one lock.
    for round in 0..<200 {
      let winners = await withTaskGroup(of: Int.self) { group in
        for process in processes {
          group.addTask { names.register(process, as: "round \(round)") == nil ? 1 : 0 }
        }
        return await group.reduce(0, +)
      }
      #expect(winners == 1)
    }
    for pid in processes.map({ PID($0) }) { pid.exit(.killed) }
  }
}
