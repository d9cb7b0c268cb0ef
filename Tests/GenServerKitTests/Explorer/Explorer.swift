/// Runs some threads in every order, and looks at every state that they can get to.
///
/// States that have been seen are not explored again, so loops come to an end. The search goes breadth first, so that
/// what it finds is found on the shortest way. Memory is taken to be sequentially consistent: what an order of atomic
/// instructions can do is explored, and what a weaker memory ordering adds is not.
struct Explorer<State: Hashable> {
  let programs: [Program<State>]
  /// In every state.
  let check: (State) throws -> Void
  /// In every state in which no thread can go on.
  let checkEnd: (State) throws -> Void

  init(
    _ programs: [Program<State>], check: @escaping (State) throws -> Void = { _ in },
    checkEnd: @escaping (State) throws -> Void = { _ in }
  ) {
    self.programs = programs
    self.check = check
    self.checkEnd = checkEnd
  }

  struct Result {
    let states: Int
    let counterexample: Counterexample?
    /// All steps of all threads.
    let steps: Set<String>
    /// Those that some order has come to.
    let taken: Set<String>
  }

  /// More states than this are a mistake of the model.
  private static var limit: Int { 300_000 }

  func explore(from state: State) -> Result {
    var search = Search(programs, state)
    do {
      try check(state)
      var next = 0
      while next < search.nodes.count {
        precondition(search.nodes.count < Self.limit, "the model has too many states")
        try visit(next, &search)
        next += 1
      }
      if let stuck = search.firstWithoutEnd() {
        throw Found(violation: Violation(.endless, "no order of steps comes to an end"), node: stuck, last: nil)
      }
      return search.result(nil)
    } catch let found as Found {
      let trace = search.trace(to: found.node) + (found.last.map { [$0] } ?? [])
      return search.result(Counterexample(kind: found.violation.kind, text: found.violation.text, trace: trace))
    } catch {
      return search.result(Counterexample(kind: .atTheStart, text: "\(error)", trace: []))
    }
  }

  /// Lets each thread make its next step from here.
  private func visit(_ index: Int, _ search: inout Search) throws {
    let point = search.nodes[index].point
    var canGoOn = false
    for (thread, program) in programs.enumerated() {
      let position = point.positions[thread]
      guard position < program.steps.count else { continue }
      let step = program.steps[position]
      var next = point
      let line = "\(program.name) \(step.name)"
      do {
        let move = try step.body(&next.state, thread)
        guard let position = program.position(after: move, at: position) else { continue }
        next.positions[thread] = position
        canGoOn = true
        search.taken[thread].insert(step.name)
        if search.insert(next, after: index, by: thread) { try check(next.state) }
      } catch let violation as Violation {
        throw Found(violation: violation, node: index, last: line)
      }
    }
    if canGoOn { return }
    do {
      search.nodes[index].isEnd = true
      let waiting = programs.indices.filter {
        !programs[$0].isService && point.positions[$0] < programs[$0].steps.count
      }
      try checkEnd(point.state)
      if let first = waiting.first {
        let step = programs[first].steps[point.positions[first]]
        throw Violation(.deadlock, "nothing can happen any more, and \(programs[first].name) \(step.name)")
      }
    } catch let violation as Violation {
      throw Found(violation: violation, node: index, last: nil)
    }
  }

  private struct Found: Error {
    let violation: Violation
    let node: Int
    let last: String?
  }

  /// A state, and where each thread stands.
  private struct Point: Hashable {
    var state: State
    var positions: [Int]
  }

  private struct Node {
    let point: Point
    /// The first way here.
    let previous: Int
    let thread: Int
    var isEnd = false
  }

  private struct Search {
    let programs: [Program<State>]
    var nodes: [Node]
    /// For each thread, the names of the steps that it has made.
    var taken: [Set<String>]
    private var indices: [Point: Int]
    private var edges: [(from: Int, to: Int)] = []

    init(_ programs: [Program<State>], _ state: State) {
      self.programs = programs
      let start = Point(state: state, positions: programs.map { _ in 0 })
      nodes = [Node(point: start, previous: -1, thread: -1)]
      taken = programs.map { _ in [] }
      indices = [start: 0]
    }

    func result(_ counterexample: Counterexample?) -> Result {
      Result(
        states: nodes.count, counterexample: counterexample,
        steps: Set(programs.flatMap { $0.steps.map { $0.name } }),
        taken: taken.reduce(into: []) { $0.formUnion($1) })
    }

    /// Whether the point is new.
    mutating func insert(_ point: Point, after index: Int, by thread: Int) -> Bool {
      if let known = indices[point] {
        edges.append((index, known))
        return false
      }
      indices[point] = nodes.count
      edges.append((index, nodes.count))
      nodes.append(Node(point: point, previous: index, thread: thread))
      return true
    }

    func trace(to index: Int) -> [String] {
      var lines: [String] = []
      var index = index
      while nodes[index].previous >= 0 {
        let node = nodes[index]
        let position = nodes[node.previous].point.positions[node.thread]
        let program = programs[node.thread]
        lines.append("\(program.name) \(program.steps[position].name)")
        index = node.previous
      }
      return lines.reversed()
    }

    /// The first point from which no end can be reached.
    func firstWithoutEnd() -> Int? {
      var before = [[Int]](repeating: [], count: nodes.count)
      for edge in edges { before[edge.to].append(edge.from) }
      var reaches = nodes.map { $0.isEnd }
      var pending = nodes.indices.filter { nodes[$0].isEnd }
      while let index = pending.popLast() {
        for previous in before[index] where !reaches[previous] {
          reaches[previous] = true
          pending.append(previous)
        }
      }
      return reaches.firstIndex(of: false)
    }
  }
}
