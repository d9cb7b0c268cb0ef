import GenServerKit
import GenServerTesting
import Testing

@Suite("Order of signals", .timeLimit(.minutes(1))) struct SignalOrderTests {
  private func expectOrder<Server: PuppetShow>(_: Server.Type, _ lending: PuppetLending) async throws {
    try await withTestRuntime { _ in
      let receiver = try await Server.ready(lending, name: "receiver")
      let sender = try await Server.ready(lending)
      let ways = [receiver, .named("receiver")]
      let pid = try receiver.own()
      let count = 2000
      for begin in stride(from: 1, to: count, by: 500) {
        sender.tell { _, _ in
          for number in begin..<(begin + 500) {
            let way = ways[number / 3 % 2]
            switch number % 3 {
            case 0: way.tell { puppet, _ in puppet.notes.append("\(number)") }
            case 1: way.send(Server.note("\(number)"))
            default: pid.send(Server.note("\(number)"))
            }
          }
        }
      }
      _ = try await sender.notes()
      #expect(try await receiver.notes() == (1...count).map { "\($0)" })
    }
  }

  @Test(
    "LM-031: what one process sends another arrives in order, by pid and by name, as cast and as message",
    arguments: PuppetLending.allCases)
  func order(lending: PuppetLending) async throws {
    try await expectOrder(Puppet.self, lending)
    try await expectOrder(AsyncPuppet.self, lending)
  }
}
