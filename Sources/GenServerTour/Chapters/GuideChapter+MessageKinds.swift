import GenServerKit
import GenServerTesting

extension GuideChapter {
  static func messageKinds(_ tour: Narrator) async throws -> (balance: Int, delivery: Delivery, diary: [String]) {
    try await withTestRuntime { test in
      let books = tour.show("Bookkeeper.start()", try await Bookkeeper.start())
      tour.remark("A call: the client needs the answer, or has to know that it was done")
      let balance = tour.show("books.balance()", try await books.balance())
      tour.remark("A cast: nobody waits, and nobody learns whether it was handled")
      let delivery = tour.show(#"books.note("a delivery came")"#, books.note("a delivery came"))

      tour.remark("An info: what no client of the server sends, such as the end of a process, and a timer")
      let customer = spawn { process in _ = try await process.receive() }
      tour.show("books.welcome(customer)", try await books.welcome(customer))
      tour.show("customer.exit(.shutdown)", customer.exit(.shutdown))
      tour.show("customer.waitForExit()", await customer.waitForExit())
      tour.show("clock.advance(by: .seconds(120))", await test.clock.advance(by: .seconds(120)))
      let diary = tour.show("books.diary()", try await books.diary())
      return (balance, delivery, diary)
    }
  }
}
