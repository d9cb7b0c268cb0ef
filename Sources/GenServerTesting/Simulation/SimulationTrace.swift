import GenServerKit

/// What happened in a run, step by step; put into words only when somebody asks.
struct SimulationTrace {
  /// What the run decided.
  enum Step {
    case runs(ProcessCore)
    case goesOn(ProcessCore)
    case task(Int, begins: Bool)
    case lends(ProcessCore)
    case timer(Sleeper?)
    case time(Int64)
  }

  /// What came of it.
  enum Note {
    case starts(ProcessCore)
    case handles(ProcessCore, String)
    case waits(ProcessCore)
    case ends(ProcessCore, ExitReason)
  }

  /// Where a step stands.
  struct Place {
    fileprivate let index: Int
  }

  private enum Entry {
    case step(Step, of: Int)
    case note(Note)
  }

  private static let limit = 10_000

  private var entries: [Entry] = []
  /// How many steps.
  private(set) var count = 0
  private var keptCount = 0
  /// After the end of the test nothing is written any more.
  private var isClosed = false

  /// `possibilities` counts those that could have been next, with this one.
  @discardableResult mutating func append(_ step: Step, of possibilities: Int = 1) -> Place? {
    if isClosed { return nil }
    count += 1
    guard keptCount < Self.limit else { return nil }
    keptCount += 1
    entries.append(.step(step, of: possibilities))
    return Place(index: entries.count - 1)
  }

  /// A step was another one than it seemed.
  mutating func replace(_ place: Place?, by step: Step) {
    guard let place, case .step(_, let possibilities) = entries[place.index] else { return }
    entries[place.index] = .step(step, of: possibilities)
  }

  mutating func append(_ note: Note) { if !isClosed, keptCount < Self.limit { entries.append(.note(note)) } }

  mutating func close() { isClosed = true }

  /// A line for each step, and for what came of it; steps that were one of several possibilities say of how many.
  var lines: [String] {
    var lines: [String] = []
    var now: Int64 = 0
    for (index, entry) in entries.enumerated() {
      switch entry {
      case .step(let step, let possibilities):
        if case .time(let instant) = step { now = instant }
        let text = Self.text(of: step) + (message(behind: index).map { ": \($0)" } ?? "")
        lines.append(possibilities > 1 ? "\(text) (1 of \(possibilities))" : text)
      case .note(let note):
        // It stands in the line before.
        if index > 0, message(behind: index - 1) != nil { continue }
        lines.append("  \(Self.text(of: note))")
      }
    }
    if count > keptCount { lines.append("and \(count - keptCount) steps more, after \(Duration.nanoseconds(now))") }
    return lines
  }

  /// The message that a process handles as soon as it runs.
  private func message(behind index: Int) -> String? {
    guard index + 1 < entries.count, case .step(let step, _) = entries[index],
      case .note(.handles(let handling, let text)) = entries[index + 1]
    else { return nil }
    switch step {
    case .runs(let process), .lends(let process): return process === handling ? text : nil
    case .goesOn, .task, .timer, .time: return nil
    }
  }

  private static func text(of step: Step) -> String {
    switch step {
    case .runs(let process): "\(process.title) runs"
    case .goesOn(let process): "\(process.title) goes on"
    case .task(let number, let begins): "\(SimulationTasks.name(of: number)) \(begins ? "begins" : "goes on")"
    case .lends(let process): "  the caller runs \(process.title)"
    case .timer(nil): "a timer fires"
    case .timer(let sleeper?):
      "due: " + (sleeper.process.map { "\($0.title), " } ?? "") + sleeper.purpose
    case .time(let instant): "time moves to \(Duration.nanoseconds(instant))"
    }
  }

  private static func text(of note: Note) -> String {
    switch note {
    case .starts(let process): "\(process.title) starts"
    case .handles(let process, let message): "\(process.title) handles \(message)"
    case .waits(let process): "waits for \(process.title)"
    case .ends(let process, let reason): "\(process.title) ends: \(reason)"
    }
  }
}
