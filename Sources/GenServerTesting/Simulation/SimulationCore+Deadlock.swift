import GenServerKit

// The reports of who waits for whom.
extension SimulationCore {
  private struct Waits {
    /// For each process, what it waits for.
    var ofProcesses: [ObjectIdentifier: [String]] = [:]
    /// A line for each task that is no process.
    var ofTasks: [String] = []
  }

  /// The report of a deadlock: a line for each living process, and for each task that waits for a process.
  func standstill(in runtime: Runtime) -> [String] {
    let waits = waits(for: runtime.processes)
    var lines = runtime.processes.map { line(for: $0, waits) } + waits.ofTasks
    if isTold, !tasks.knowsWaitOfTest {
      lines.append(
        "\(SimulationTasks.test) waits for what is no process: another task, a stream, or a clock such as that of Task.sleep"
      )
    }
    return lines
  }

  /// The report of any other failure: a line for each process and task that waits for something other than messages.
  func waits(in runtime: Runtime) -> [String] {
    let waits = waits(for: runtime.processes)
    let waiting = runtime.processes.filter {
      waits.ofProcesses[ObjectIdentifier($0.core)] != nil || $0.snapshot?.status == .awaiting
    }
    return waiting.map { line(for: $0, waits) } + waits.ofTasks
  }

  private func waits(for processes: [PID]) -> Waits {
    var waits = Waits()
    for process in processes.map(\.core) {
      for dependent in process.dependents {
        let what = process.title + (dependent.request.map { ", which it has asked for \($0)" } ?? "")
        switch dependent.party {
        case .process(let waiting): waits.ofProcesses[ObjectIdentifier(waiting), default: []].append(what)
        case .task(of: let waiting): waits.ofTasks.append("a task of \(waiting.title) waits for \(what)")
        case .outsider(let wait): waits.ofTasks.append("\(tasks.name(ofTaskIn: wait)) waits for \(what)")
        }
      }
    }
    return waits
  }

  private func line(for pid: PID, _ waits: Waits) -> String {
    let who = pid.core.title + (pid.snapshot?.origin.map { " (\($0))" } ?? "")
    guard let others = waits.ofProcesses[ObjectIdentifier(pid.core)] else { return "\(who) is \(pid.doing)" }
    return "\(who) waits for \(others.joined(separator: " and for "))"
  }
}
