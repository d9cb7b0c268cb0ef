import GenServerKit
import GenServerTesting
import Testing

// The code of the guide "Deadlocks, and how not to write them".

private struct Library: GenServer {
  enum Call: Sendable {
    case count(ReplyTo<Int>)
    case summary(ReplyTo<String>)
    case wrongSummary(ReplyTo<String>)
    case lend(String, ReplyTo<Bool>)
  }
  enum Cast: Sendable { case tidyUp }

  var books: [String]

  static func initialize(_ books: [String], context: Context) -> Initial { .ok(Library(books: books)) }

  mutating func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .count(let client):
      return .reply(count, to: client)
    case .summary(let client):
      return .reply("\(count) books", to: client)
    case .wrongSummary(let client):
      let count = try await context.me.count()
      return .reply("\(count) books", to: client)
    case .lend(let book, let client):
      guard let index = books.firstIndex(of: book) else { return .reply(false, to: client) }
      books.remove(at: index)
      context.me.tidyUp()
      return .reply(true, to: client)
    }
  }

  mutating func handleCast(_ cast: Cast, context: Context) -> Next {
    switch cast {
    case .tidyUp: books.sort()
    }
    return .noReply
  }

  private var count: Int { books.count }
}

extension ServerRef where Server == Library {
  fileprivate func count() async throws(CallError) -> Int { try await call { .count($0) } }
  fileprivate func summary() async throws(CallError) -> String { try await call { .summary($0) } }
  fileprivate func lend(_ book: String) async throws(CallError) -> Bool { try await call { .lend(book, $0) } }
  fileprivate func tidyUp() { cast(.tidyUp) }
}

/// Packs what is ordered, and asks the shop for the price while it does.
private struct Warehouse: GenServer {
  enum Call: Sendable { case pack(String, ReplyTo<Result<String, CallError>>) }

  static func initialize(_: Void, context: Context) -> Initial { .ok(Warehouse()) }

  func handleCall(_ call: Call, context: Context) async throws -> Next {
    switch call {
    case .pack(let item, let client):
      do throws(CallError) {
        let price = try await Shop.named(.type).price(of: item)
        return .reply("\(item) for \(price)", to: client)
      } catch {
        return .fail(error, to: client)
      }
    }
  }
}

extension ServerRef where Server == Warehouse {
  fileprivate func pack(_ item: String) async throws(CallError) -> String {
    try await call { .pack(item, $0) }.get()
  }
}

private struct Shop: GenServer {
  typealias Parcel = Result<String, CallError>
  enum Call: Sendable {
    case price(String, ReplyTo<Int>)
    case waitingOrder(String, ReplyTo<Parcel>)
    case order(String, ReplyTo<Parcel>)
  }
  enum Info: Sendable { case packed(Result<Parcel, CallError>, ReplyTo<Parcel>) }

  let warehouse: Warehouse.Ref
  var prices = ["tea": 3]

  static func initialize(_ warehouse: Warehouse.Ref, context: Context) -> Initial { .ok(Shop(warehouse: warehouse)) }

  mutating func handleCall(_ call: Call, context: Context) async -> Next {
    switch call {
    case .price(let item, let client):
      return .reply(prices[item, default: 0], to: client)
    case .waitingOrder(let item, let client):
      do throws(CallError) {
        let parcel = try await warehouse.pack(item)
        return .reply(parcel, to: client)
      } catch {
        return .fail(error, to: client)
      }
    case .order(let item, let client):
      // swift-format-ignore: OnlyOneTrailingClosureArgument
      context.request(warehouse, timeout: .inherited, as: { .packed($0, client) }) { .pack(item, $0) }
      return .noReply
    }
  }

  mutating func handleInfo(_ info: Info, context: Context) -> Next {
    switch info {
    case .packed(let parcel, let client): .reply(parcel.flatMap { $0 }, to: client)
    }
  }
}

extension ServerRef where Server == Shop {
  fileprivate func price(of item: String) async throws(CallError) -> Int { try await call { .price(item, $0) } }
  fileprivate func order(_ item: String) async throws(CallError) -> String {
    try await call { .order(item, $0) }.get()
  }
}

/// A call as it is made of messages.
private struct Question: Sendable {
  let asker: PID
  let number: Int
}

@Suite("Guide: Deadlocks") struct DeadlocksGuideTests {
  @Test("a server that calls itself is told so, and code that both need is a function")
  func itself() async throws {
    try await withTestRuntime { _ in
      let library = try await Library.start(["Emma", "Dune"])
      #expect(try await library.summary() == "2 books")
      do throws(CallError) {
        _ = try await library.call { .wrongSummary($0) }
        Issue.record("it answered")
      } catch {
        guard case .exit(.failure(let inner), _) = error else { throw error }
        #expect(inner as? CallError == .callingSelf())
      }
      #expect(!library.isAlive)
    }
  }

  @Test("a cast to oneself comes after the current message")
  func castToOneself() async throws {
    try await withTestRuntime { _ in
      let library = try await Library.start(["Emma", "Dune", "Ada"])
      #expect(try await library.lend("Dune"))
      #expect(try await Sys.state(of: library) { $0.books } == ["Ada", "Emma"])
    }
  }

  @Test("a circle is an error at once, and a request whose answer is a message closes none")
  func circle() async throws {
    try await withTestRuntime { _ in
      let warehouse = try await Warehouse.start()
      let shop = try await Shop.start(warehouse, name: .type)
      let refused = try await shop.call { .waitingOrder("tea", $0) }
      guard case .failure(.deadlock(let circle, _)) = refused else {
        Issue.record("no circle was found: \(refused)")
        return
      }
      #expect(Set(circle) == [try #require(warehouse.pid), try #require(shop.pid)])
      #expect(try await shop.order("tea") == "tea for 3")
    }
  }

  @Test("a call is two messages")
  func messages() async throws {
    try await withTestRuntime { _ in
      let doubler = spawn { process in
        while true {
          let question = try await process.receive(Question.self)
          question.asker.send(question.number * 2)
        }
      }
      let answer = try await withProcess { process in
        doubler.send(Question(asker: process.pid, number: 21))
        return try await process.receive(Int.self)
      }
      #expect(answer == 42)
    }
  }

  @Test("a name survives a restart, a pid does not")
  func names() async throws {
    try await withTestRuntime { _ in
      let first = try await Library.start(["Emma"], name: .type)
      let byName = Library.named(.type)
      try await first.stop()
      _ = try await Library.start(["Dune", "Ada"], name: .type)
      #expect(try await byName.count() == 2)
      await #expect(throws: CallError.noProcess()) { try await first.count() }
    }
  }
}
