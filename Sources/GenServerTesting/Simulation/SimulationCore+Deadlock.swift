import GenServerKit

// Who waits for whom.
extension SimulationCore {
  private struct Waits {
    /// For whom each process waits.
    var ofProcesses: [ObjectIdentifier: [String]] = [:]
    /// A line for each task that is no process.
    var ofTasks: [String] = []
  }

  /// For the report of a deadlock: a line for each process that lives, and for each task that waits for one.
  func standstill(in runtime: Runtime) -> [String] {
    let waits = waits(for: runtime.processes)
    var lines = runtime.processes.map { line(for: $0, waits) + mailbox(of: $0) } + waits.ofTasks
    if isTold, !tasks.knowsWaitOfTest {
      lines.append(
        "\(SimulationTasks.test) waits for what is no process: another task, a stream, or a clock such as that of Task.sleep"
      )
    }
    return lines
  }

  /// For any other failure: the same for those that wait for something else than messages.
  func waits(in runtime: Runtime) -> [String] {
    let waits = waits(for: runtime.processes)
    let waiting = runtime.processes.filter {
      waits.ofProcesses[ObjectIdentifier($0.core)] != nil || $0.status == .awaiting
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
    let origin = pid.snapshot?.origin.map { " (\($0))" } ?? ""
    let who = pid.core.title + origin
    if let others = waits.ofProcesses[ObjectIdentifier(pid.core)] {
      return "\(who) waits for \(others.joined(separator: " and for "))"
    }
    switch pid.status {
    case nil: return "\(who) has ended"
    case .waiting: return "\(who) has nothing to do until a message comes"
    case .awaiting: return "\(who) waits for something that is no process"
    case .suspended: return "\(who) is suspended"
    case let status?: return "\(who) is \(status)"
    }
  }

  private func mailbox(of pid: PID) -> String {
    switch pid.snapshot?.mailboxCount ?? 0 {
    case 0: ""
    case 1: ", while 1 message waits"
    case let count: ", while \(count) messages wait"
    }
  }
}

extension PID {
  /// Nil once it has ended.
  fileprivate var status: ProcessSnapshot.Status? { snapshot?.status }
}
