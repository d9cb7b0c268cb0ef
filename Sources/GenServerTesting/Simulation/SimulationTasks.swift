import GenServerKit

/// The tasks of one run, by the identity that the language's runtime gives each: an address would soon belong to
/// another task.
struct SimulationTasks {
  typealias Identity = UInt64

  /// Numbers in the order in which tasks were first seen: they are the same in each run with the same decisions.
  private var numbers: [Identity: Int] = [:]
  /// The tasks that are processes.
  private var processes: [Identity: ProcessCore] = [:]
  /// The numbers under which the trace shows the others.
  private var shownNumbers: [Identity: Int] = [:]
  /// The wait of each task, as far as it is known.
  private var waits: [Identity: Wait] = [:]

  private enum Wait: Equatable {
    case forProcess(ObjectIdentifier)
    case forMessage
  }

  /// The identity of a job that is no task but makes one go on, after `Task.yield`.
  private static let continuation: Identity = 0
  /// The number of the first task that is seen, the simulation's own.
  private static let ownNumber = 0

  mutating func number(of task: Identity) -> Int {
    if let known = numbers[task] { return known }
    numbers[task] = numbers.count
    return numbers.count - 1
  }

  func process(of task: Identity) -> ProcessCore? { processes[task] }

  mutating func become(_ process: ProcessCore, task: Identity) {
    processes[task] = process
    shownNumbers[task] = nil
  }

  /// The number under which the trace shows the task, and whether it does so for the first time; nil for the
  /// simulation's own task, which the trace leaves out.
  mutating func show(_ task: Identity) -> (number: Int, isNew: Bool)? {
    if number(of: task) == Self.ownNumber || task == Self.continuation { return nil }
    if let known = shownNumbers[task] { return (known, false) }
    let number = shownNumbers.count
    shownNumbers[task] = number
    return (number, true)
  }

  mutating func began(_ wait: ObjectIdentifier, by task: Identity) { waits[task] = .forProcess(wait) }
  mutating func receives(_ task: Identity) { waits[task] = .forMessage }
  mutating func goesOn(_ task: Identity) { waits[task] = nil }

  /// The name of the task that is in that wait.
  func name(ofTaskIn wait: ObjectIdentifier) -> String {
    waits.first { $0.value == .forProcess(wait) }.flatMap { name(of: $0.key) } ?? "a task that is no process"
  }

  /// Whether it is known what the test waits for.
  var knowsWaitOfTest: Bool { shownNumbers.first { $0.value == 0 }.map { waits[$0.key] != nil } ?? false }

  func name(of task: Identity) -> String? { shownNumbers[task].map(Self.name) }

  static func name(of number: Int) -> String { number == 0 ? test : "task \(number)" }

  static let test = "the test"
}
