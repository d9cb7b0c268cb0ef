import GenServerKit

/// What happened in a run, step by step; put into words only when somebody asks.
struct SimulationTrace {
  enum Step {
    case runs(ProcessCore)
    case goesOn(ProcessCore)
    case task(Int)
    case lends(ProcessCore)
    case timer
    case time(Int64)
  }

  private static let limit = 10_000

  private var steps: [(step: Step, of: Int)] = []
  private(set) var count = 0

  /// `possibilities` counts those that could have been next, with this one.
  mutating func append(_ step: Step, of possibilities: Int = 1) {
    count += 1
    if steps.count < Self.limit { steps.append((step, possibilities)) }
  }

  /// A line for each step; those that were one of several possibilities say of how many.
  var lines: [String] {
    var now: Int64 = 0
    var lines: [String] = []
    for (step, possibilities) in steps {
      let text =
        switch step {
        case .runs(let process): "\(process.title) runs"
        case .goesOn(let process): "\(process.title) goes on"
        case .task(0): "the simulation goes on"
        case .task(1): "the test goes on"
        case .task(let number): "task \(number) goes on"
        case .lends(let process): "  a caller runs \(process.title)"
        case .timer: "a timer fires"
        case .time(let instant): "time moves to \(Duration.nanoseconds(instant))"
        }
      if case .time(let instant) = step { now = instant }
      lines.append(possibilities > 1 ? "\(text) (1 of \(possibilities))" : text)
    }
    if count > steps.count { lines.append("and \(count - steps.count) steps more, until \(Duration.nanoseconds(now))") }
    return lines
  }
}
