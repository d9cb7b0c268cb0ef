import ArgumentParser

/// Who does the work of a row in this program; Elixir is measured by a script of its own.
enum Contender: String, CaseIterable, ExpressibleByArgument {
  case ours
  case actor
  case stream
}
