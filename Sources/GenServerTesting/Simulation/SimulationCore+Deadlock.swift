import GenServerKit

// The report of a deadlock.
extension SimulationCore {
  /// A line for each process that lives and for each task that waits for one, with whom it waits for.
  func waiting(in runtime: Runtime) -> [String] {
    let processes = runtime.processes.map(\.core)
    var waits: [ObjectIdentifier: [String]] = [:]
    var outside: [String] = []
    for process in processes {
      for dependent in process.dependents {
        let what = process.title + (dependent.request.map { ", which it has asked for \($0)" } ?? "")
        switch dependent.party {
        case .process(let waiting): waits[ObjectIdentifier(waiting), default: []].append(what)
        case .task(of: let waiting): outside.append("a task of \(waiting.title) waits for \(what)")
        case .outsider(let wait): outside.append("\(tasks.name(ofTaskIn: wait)) waits for \(what)")
        }
      }
    }
    let test = SimulationTasks.test
    if isTold, !outside.contains(where: { $0.hasPrefix(test) }) {
      outside.append(
        "\(test) waits for what is no process: another task, a stream, or a clock such as that of Task.sleep")
    }
    return processes.map { line(for: $0, waits[ObjectIdentifier($0)] ?? []) } + outside
  }

  private func line(for process: ProcessCore, _ others: [String]) -> String {
    guard let snapshot = PID(process).snapshot else { return "\(process.title) has ended" }
    var text = process.title + (snapshot.origin.map { " (\($0))" } ?? "")
    switch snapshot.status {
    case _ where !others.isEmpty: text += " waits for " + others.joined(separator: " and for ")
    case .waiting: text += " has nothing to do until a message comes"
    case .awaiting: text += " waits for something that is no process"
    case .suspended: text += " is suspended"
    case .running, .exiting: text += " is \(snapshot.status)"
    }
    let count = snapshot.mailboxCount
    return count > 0 ? "\(text), while \(count == 1 ? "1 message waits" : "\(count) messages wait")" : text
  }
}
