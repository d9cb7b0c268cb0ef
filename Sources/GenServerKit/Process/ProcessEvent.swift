/// Something that a process does, for a scheduler that records it: a simulation whose trace somebody will read.
package enum ProcessEvent {
  case starts
  /// A message reaches a handler, or a process that receives. It is kept as text, since a copy would keep its reply
  /// handle alive.
  case handles(String)
  /// The running task begins to wait for the process.
  case isAwaited(by: Waiter)
  /// The running task, which is the process, begins to wait for a message.
  case receives
  case isToldToExit(ExitReason)
  case ends(ExitReason)
}

extension ProcessCore {
  /// Tells the scheduler of an event. Unless the scheduler asked for events, the event is not even made.
  @inline(__always) final func tell(_ event: @autoclosure () -> ProcessEvent) {
    if runtime.isTold { runtime.scheduler.tell(event(), of: self) }
  }
}

extension ServerProcess {
  /// Called before a handler gets a message, which ends an idle time. Most processes have no idle timer, and this costs
  /// them a single check; where the scheduler is told of events, each process has one.
  @inlinable @inline(__always) func prepare<Message>(for message: @autoclosure () -> Message) {
    guard let idle else { return }
    idle.clear()
    if idle.isTold { tellOfHandling(message()) }
  }

  @usableFromInline @inline(never) func tellOfHandling<Message>(_ message: Message) {
    if idle?.takeToldOfNext() == true { return }
    tell(.handles(text(ofMessage: message)))
  }

  /// Notes that there was no plain handler: the message comes again, to the async one.
  @usableFromInline @inline(never) func willBeHandledAgain() { idle?.hasToldOfNext = true }

  /// Notes that the message does not come again, as nobody wants it any more.
  @usableFromInline @inline(never) func willNotBeHandled() { idle?.hasToldOfNext = false }
}
