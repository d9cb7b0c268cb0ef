/// A message in a raw process's mailbox.
struct RawMessage {
  let value: any Sendable
  /// The type of the value, which a search for messages of one type compares.
  let type: ObjectIdentifier
  private let origin: Origin?

  /// The origin of a message that may be taken back, or that has to be told when it is taken.
  private enum Origin {
    case monitor(ProcessMonitor)
    case tick(TimerTick)
    case question(Waiter)
  }

  init(_ value: any Sendable, tellingOf monitor: ProcessMonitor? = nil) {
    self.init(value, monitor.map { .monitor($0) })
  }

  /// Makes the message of a question whose sender waits for the answer.
  init(_ value: any Sendable, askedBy wait: Waiter) { self.init(value, .question(wait)) }

  init(_ value: any Sendable, _ tick: TimerTick?) { self.init(value, tick.map { .tick($0) }) }

  private init(_ value: any Sendable, _ origin: Origin?) {
    self.value = value
    self.origin = origin
    type = ObjectIdentifier(Swift.type(of: value))
  }

  /// The watch of whose end the value tells, if it is a `Down`.
  var monitor: ProcessMonitor? { if case .monitor(let monitor)? = origin { monitor } else { nil } }

  /// Whether the message has to be skipped, because its watch was ended or its repeated timer was cancelled meanwhile.
  var isVoid: Bool {
    switch origin {
    case nil: false
    case .monitor(let monitor)?: !monitor.isOnItsWay
    case .tick(let tick)?: !tick.isWanted
    case .question?: false
    }
  }

  /// Called by the process when it takes the message out of its mailbox. Returns false if the message has been taken
  /// back.
  func isDelivered() -> Bool {
    switch origin {
    case nil: true
    case .monitor(let monitor)?: monitor.isDelivered()
    case .tick(let tick)?: tick.take()
    case .question(let wait)?: hasBegun(wait)
    }
  }

  /// Notes that the process has taken the question: from now on anybody to whom it hands the question on may answer.
  private func hasBegun(_ wait: Waiter) -> Bool {
    wait.left()
    return true
  }

  /// The value as one of that type.
  func value<Message>(as wanted: Message.Type) -> Message? {
    guard type == ObjectIdentifier(wanted) else {
      return if let message = value as? Message { message } else { nil }
    }
    // A value of the very same type needs no cast, which would take ten times as long.
    func contents<Value>(_ value: Value) -> Message {
      withUnsafePointer(to: value) { UnsafeRawPointer($0).assumingMemoryBound(to: Message.self).pointee }
    }
    // To a generic parameter without constraints an existential would be passed unopened.
    return _openExistential(value, do: contents)
  }

  /// What a search can conclude from a message that is not of the type it looks for.
  var answerToOtherTypes: Answer {
    // A cast of these depends on the contents, which differ from value to value.
    let isOptional = Swift.type(of: value) is any OptionalValue.Type
    let differs = isOptional || type == ObjectIdentifier(AnyHashable.self) || type == ObjectIdentifier(Down.self)
    return differs ? .unwanted : .neverWanted
  }

  enum Answer {
    case wanted
    case unwanted
    /// No message of this type is wanted.
    case neverWanted
  }
}

private protocol OptionalValue {}
extension Optional: OptionalValue {}

/// Types of which a search wants no message, so that the next one of them is passed over without a question.
struct PassedTypes {
  private var last: ObjectIdentifier?
  private var beforeLast: ObjectIdentifier?

  @inline(__always) func contains(_ type: ObjectIdentifier) -> Bool { type == last || type == beforeLast }

  mutating func insert(_ type: ObjectIdentifier) {
    beforeLast = last
    last = type
  }
}
