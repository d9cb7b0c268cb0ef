import GenServerKit
import GenServerTesting

extension TaskHandlerChapter {
  struct LibraryOutcome {
    let books: [Library.Books]
    let isFound: Bool
    let secondOfName: ExitReason
    let logged: Int
  }

  static func rawLibrary(_ tour: Narrator) async throws -> LibraryOutcome {
    try await withTestRuntime { test in
      try await withProcess { process async throws in
        let library = tour.show("Library.start()", Library.start())
        func allBooks() async throws -> Library.Books {
          tour.show(
            "library.send(.allBooks(answerTo: process.pid))",
            library.send(Library.Request.allBooks(answerTo: process.pid)))
          let books = try await process.receive(Library.Books.self, orDownOf: library)
          tour.show("process.receive(Books.self, …).titles", books.titles)
          return books
        }

        let before = try await allBooks()
        tour.show(
          #"library.send(.add("Fog"))"#, library.send(Library.Request.add("Fog")))
        let after = try await allBooks()

        let found = tour.show(#"Library.whereis("library")"#, Library.whereis("library"))
        let second = tour.show("Library.start()", Library.start())
        let secondOfName = tour.show("second.waitForExit()", await second.waitForExit())
        return LibraryOutcome(
          books: [before, after], isFound: found == library, secondOfName: secondOfName,
          logged: test.logs.entries.count)
      }
    }
  }
}
