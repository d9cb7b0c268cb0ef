import GenServerKit
import GenServerTesting
import Testing

@Suite("Order between two processes", .timeLimit(.minutes(1))) struct ProcessOrderTests {
  @Test("LM-031: what one process sends another arrives in order, by pid and by name", arguments: SignalCase.allCases)
  func mixedAddresses(_ kind: SignalCase) async throws {
    try await withTestRuntime { _ in try await kind.run(MixedAddresses()) }
  }

  private struct MixedAddresses: SignalCheck {
    func run<Server: PuppetShow>(_ make: @Sendable () async throws -> ServerRef<Server>) async throws {
      let book = Phonebook<String>()
      let receiver = try await make()
      let pid = try receiver.own()
      try receiver.register("receiver")
      try receiver.register(.via(book, "receiver"))
      let addresses = [receiver, .named("receiver"), .named(.via(book, "receiver"))]
      let sender = try await make()
      let count = 3000
      try await sender.ask { _, _ in
        for number in 1...count {
          let address = addresses[number % addresses.count]
          switch number % 7 {
          case 0...2: address.send(Server.note("\(number)"))
          case 3...5: address.tell { puppet, _ in puppet.notes.append("\(number)") }
          default: pid.send(Server.note("\(number)"))
          }
        }
      }
      #expect(try await receiver.notes() == (1...count).map { "\($0)" })
    }
  }

  @Test("LM-031: a raw process receives in order what another one sends it, by pid and by name")
  func rawProcess() async throws {
    try await withTestRuntime { _ in
      try await withProcess { process async throws in
        let own = process.pid
        let forwarder = try await Puppet.start(name: "forwarder")
        let byName = Puppet.named("forwarder")
        let sender = spawn { _ in
          for number in 1...50 {
            (number % 2 == 0 ? forwarder : byName).tell { _, _ in own.send(number) }
          }
        }
        #expect(await sender.waitForExit() == .normal)
        for number in 1...50 { #expect(try await process.receive(Int.self) == number) }
      }
    }
  }
}
