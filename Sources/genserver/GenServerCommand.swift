import ArgumentParser

@main struct GenServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "genserver", abstract: "Generic servers for Swift: examples that run.",
    subcommands: [TourCommand.self])
}
