import GenServerKit

/// The events of a run, step by step; they are put into words only when somebody asks.
struct SimulationTrace {
  /// A decision of the run.
  enum Step {
    case runs(ProcessCore)
    case goesOn(ProcessCore)
    case task(Int, begins: Bool)
    case lends(ProcessCore)
    case timer(Sleeper?)
    case time(Int64)
  }

  /// A consequence of a step.
  enum Note {
    case starts(ProcessCore)
    case handles(ProcessCore, String)
    case waits(ProcessCore)
    case receives(ProcessCore)
    case isToldToExit(ProcessCore, ExitReason)
    case ends(ProcessCore, ExitReason)
  }

  /// The place of a step in the trace.
  struct Place {
    fileprivate let number: Int
  }

  private enum Entry {
    case step(Step, of: Int)
    case note(Note)
    /// A number of steps that are not kept.
    case gap(Int)
  }

  /// Of a long run the first entries and the last are kept, which show how it began and how it ended.
  private static let keptFirst = 100
  private static let keptLast = 10_000

  private var entries: [Entry] = []
  /// How many entries are not kept.
  private var dropped = 0
  private var droppedSteps = 0
  /// The number of steps.
  private(set) var count = 0
  /// After the end of the test nothing is written any more.
  private var isClosed = false

  /// `possibilities` counts those that could have been next, with this one.
  @discardableResult mutating func append(_ step: Step, of possibilities: Int = 1) -> Place? {
    if isClosed { return nil }
    count += 1
    append(.step(step, of: possibilities))
    return Place(number: entries.count - 1 + dropped)
  }

  /// Replaces a step that turned out to be another one.
  mutating func replace(_ place: Place?, by step: Step) {
    guard let place else { return }
    let index = place.number - dropped
    guard index > Self.keptFirst || dropped == 0, case .step(_, let possibilities) = entries[index] else { return }
    entries[index] = .step(step, of: possibilities)
  }

  mutating func append(_ note: Note) { if !isClosed { append(.note(note)) } }

  /// Notes a message; of a text of several lines only the first is kept.
  mutating func append(_ message: String, handledBy process: ProcessCore) {
    let lines = message.split(separator: "\n", maxSplits: 1)
    append(.handles(process, lines.count > 1 ? "\(lines[0]) ..." : message))
  }

  mutating func close() { isClosed = true }

  private mutating func append(_ entry: Entry) {
    entries.append(entry)
    guard entries.count > Self.keptFirst + 2 * Self.keptLast else { return }
    let middle = Self.keptFirst..<(entries.count - Self.keptLast)
    for entry in entries[middle] { if case .step = entry { droppedSteps += 1 } }
    dropped += middle.count - 1
    entries.replaceSubrange(middle, with: [.gap(droppedSteps)])
  }

  /// A line for each step and for each of its consequences; a step that was one of several possibilities says of how
  /// many.
  var lines: [String] {
    var lines: [String] = []
    for (index, entry) in entries.enumerated() {
      switch entry {
      case .step(let step, let possibilities):
        let text = Self.text(of: step) + (message(behind: index).map { ": \($0)" } ?? "")
        lines.append(possibilities > 1 ? "\(text) (1 of \(possibilities))" : text)
      case .note(let note):
        // The message stands in the line before.
        if index > 0, message(behind: index - 1) != nil { continue }
        lines.append("  \(Self.text(of: note))")
      case .gap(let steps):
        lines.append("... \(steps) steps ...")
      }
    }
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
    case .time(let instant): "time moves to \(seconds(instant)) seconds"
    }
  }

  private static func text(of note: Note) -> String {
    switch note {
    case .starts(let process): "\(process.title) starts"
    case .handles(let process, let message): "\(process.title) handles \(message)"
    case .waits(let process): "waits for \(process.title)"
    case .receives(let process): "\(process.title) waits for a message"
    case .isToldToExit(let process, let reason): "\(process.title) is told to exit: \(process.text(of: reason))"
    case .ends(let process, let reason): "\(process.title) ends: \(process.text(of: reason))"
    }
  }

  /// The seconds as exact text, which a floating-point number would not give.
  private static func seconds(_ nanoseconds: Int64) -> String {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    if rest == 0 { return "\(whole)" }
    var digits = Substring("\(1_000_000_000 + rest)".dropFirst())
    while digits.last == "0" { digits.removeLast() }
    return "\(whole).\(digits)"
  }
}
