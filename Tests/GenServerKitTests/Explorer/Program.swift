/// What one thread does, as a list of atomic steps over a state that all threads share.
struct Program<State> {
  let name: String
  /// Whether it may wait for ever, as a worker waits for the next process.
  let isService: Bool
  let steps: [Step<State>]
  private let positions: [String: Int]

  init(_ name: String, isService: Bool = false, _ steps: [Step<State>]) {
    self.name = name
    self.isService = isService
    self.steps = steps
    positions = Dictionary(
      steps.enumerated().compactMap { index, step in step.label.map { ($0, index) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Where the thread stands after a step at `position`; nil if the step has to wait.
  func position(after move: Move, at position: Int) -> Int? {
    switch move {
    case .next: return position + 1
    case .jump(let label):
      guard let target = positions[label] else { preconditionFailure("\(name) has no step labelled \(label)") }
      return target
    case .end: return steps.count
    case .wait: return nil
    }
  }
}

/// One atomic step: what no other thread can see in halves.
struct Step<State> {
  let name: String
  let label: String?
  let body: (inout State, _ thread: Int) throws -> Move

  init(_ name: String, at label: String? = nil, _ body: @escaping (inout State, _ thread: Int) throws -> Move) {
    self.name = name
    self.label = label
    self.body = body
  }
}

/// Where a thread goes after a step.
enum Move: Hashable {
  case next
  case jump(String)
  case end
  /// The step is not possible now; what it did to its copy of the state is forgotten.
  case wait
}
