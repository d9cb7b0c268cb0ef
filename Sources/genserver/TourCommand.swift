import ArgumentParser
import GenServerTour

struct TourCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tour", abstract: "Runs the examples, and prints what is called and what comes back.")

  @Flag(help: "Print the ids and titles of the examples, and run none.") var list = false

  @Argument(help: "The ids of the examples to run, such as S1-2; all of them if there are none.") var ids: [String] = []

  func validate() throws {
    do { _ = try selection() } catch { throw ValidationError("\(error)") }
  }

  func run() async throws {
    let tour = try selection()
    if list { return Terminal.write(tour.examples.map { "\($0.id)\t\($0.title)" }.joined(separator: "\n")) }
    let narrator = Narrator(style: Terminal.showsColour ? .coloured : .plain) { Terminal.write($0) }
    let summary = await tour.run(narrator)
    if !summary.failures.isEmpty { throw ExitCode.failure }
  }

  private func selection() throws(UnknownExamples) -> Tour {
    ids.isEmpty ? Tour.whole : try Tour.whole.only(ids)
  }
}
