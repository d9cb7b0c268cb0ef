import GenServerKit

/// A library of books without a server: the loop, the messages and the name are made by hand.
enum Library {
  enum Request: Sendable {
    case allBooks(answerTo: PID)
    case add(String)
  }
  struct Books: Equatable, Sendable { let titles: [String] }

  static let defaultTitles = ["The House by the Sea", "A Cat in the Attic", "Twelve Ways to Bake Bread"]

  static func start() -> PID {
    spawn { process in
      try process.register("library")
      var titles = defaultTitles
      while true {
        switch try await process.receive(Request.self) {
        case .allBooks(let asker): asker.send(Books(titles: titles))
        case .add(let title): titles.insert(title, at: 0)
        }
      }
    }
  }

  /// Raw processes have no typed reference by name, as servers do: their names are found among the processes.
  static func whereis(_ name: String) -> PID? {
    Runtime.current.processes.first { $0.snapshot?.name == name }
  }
}
