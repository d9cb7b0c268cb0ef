import GenServerKit

// As in the library, a value that leads to processes or a runtime reflects as its description, and shows nothing of
// what it leads to.

extension TestRuntime: CustomReflectable, CustomStringConvertible {
  /// Such as `test of a runtime with 3 processes`.
  public var description: String { "test of a \(runtime)" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension TestClock: CustomReflectable, CustomStringConvertible {
  /// How many timers wait.
  public var description: String { "test clock with \(sleepers.count) timers" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension LogRecorder: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension TestCall: CustomReflectable, CustomStringConvertible {
  /// Such as `call of a Stack`.
  public var description: String { "call of a \(Server.self)" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension HandlerTest: CustomReflectable {
  /// The state, which is the test's own, and what the last handler returned.
  public var customMirror: Mirror {
    Mirror(self, children: ["state": state, "outcome": outcome], displayStyle: .struct)
  }
}

extension Simulation: CustomReflectable, CustomStringConvertible {
  /// Such as `simulation of a runtime with 3 processes`.
  public var description: String { "simulation of a \(runtime)" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}
