import ArgumentParser

/// Measures one row for one contender in a process of its own; `scripts/benchmark` makes the table of many such runs.
@main
struct Benchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "Benchmarks",
    abstract: "Measures one row of the table and prints its name, a tab and the figure.")

  @Argument(help: "The row's name, as --list shows it.")
  var row: String?

  @Option(name: .customLong("of"), help: "Who does the work: ours, actor or stream.")
  var contender: Contender = .ours

  @Flag(help: "Print every row: name, unit, at least, aim, at most, contenders.")
  var list = false

  func validate() throws {
    guard !list else { return }
    guard let row else { throw ValidationError("Name a row, or ask for --list.") }
    guard let known = Row.named(row) else { throw ValidationError("There is no row named “\(row)”.") }
    guard known.measurements[contender] != nil else {
      throw ValidationError("“\(row)” has no counterpart for \(contender.rawValue).")
    }
  }

  func run() async throws {
    if list {
      for row in Row.all { print(row.listing) }
    } else if let row = row.flatMap(Row.named), let measure = row.measurements[contender] {
      print(row.name, try await measure(), separator: "\t")
    }
  }
}
