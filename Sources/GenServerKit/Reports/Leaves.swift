// What leads to a process or a runtime is a leaf for who looks into values by reflection: `dump`, a debugger's view, the
// report of a failed expectation. They would else walk into a server that runs at that moment, race with it, and show
// what its status formatter hides.

extension Mirror {
  /// Of a value that shows its description, and nothing of what it leads to.
  package init<Subject>(leaf subject: Subject) {
    self.init(subject, children: EmptyCollection<Mirror.Child>())
  }
}

extension PID: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension ServerRef: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension ProcessName: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension ReplyTo: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension Monitor: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension TimerReference: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension RequestReference: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension ServerTask: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension PendingReply: CustomReflectable, CustomStringConvertible {
  /// Such as `pending reply of Shelf <0.3.0>`.
  public var description: String { "pending reply of \(state.details.server)" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension ServerContext: CustomReflectable, CustomStringConvertible {
  /// Such as `context of Counter <0.3.0>`.
  public var description: String { "context of \(process.title)" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension RawProcess: CustomReflectable, CustomStringConvertible {
  /// Such as `process <0.3.0>`.
  public var description: String { core.title }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension StartAcknowledgement: CustomReflectable, CustomStringConvertible {
  /// The type of what the process hands over.
  public var description: String { "StartAcknowledgement<\(Value.self)>" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension ProcessStorage: CustomReflectable, CustomStringConvertible {
  /// Such as `storage of Counter <0.3.0>`.
  public var description: String { "storage of \(process.title)" }
  public var customMirror: Mirror { Mirror(leaf: self) }
}

extension Runtime: CustomReflectable, CustomStringConvertible {
  /// Such as `runtime with 3 processes`, or `runtime shop with 3 processes` for one in a cluster.
  public var description: String {
    "runtime \(node.map { "\($0) " } ?? "")with \(processes.count) processes"
  }
  public var customMirror: Mirror { Mirror(leaf: self) }
}
