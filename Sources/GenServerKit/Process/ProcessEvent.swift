/// What a process does, for a scheduler that wants to tell of it: a simulation whose trace somebody will read.
package enum ProcessEvent {
  case starts
  /// A message gets to a handler, or to who receives; as text, since a copy would keep its reply handle alive.
  case handles(String)
  /// The running task begins to wait for the process.
  case isAwaited(by: Waiter)
  /// The running task, which is the process, begins to wait for a message.
  case receives
  case isToldToExit(ExitReason)
  case ends(ExitReason)
}

extension ProcessCore {
  /// Nothing happens, and nothing is put into words, unless the scheduler wants to know.
  @inline(__always) final func tell(_ event: @autoclosure () -> ProcessEvent) {
    if runtime.isTold { runtime.scheduler.tell(event(), of: self) }
  }
}

extension ServerProcess {
  /// Before a handler gets a message: an idle time is over. Most processes have no idle timer, and so one question is
  /// all that this costs them; where the scheduler is told, each has one.
  @inlinable @inline(__always) func prepare<Message>(for message: @autoclosure () -> Message) {
    guard let idle else { return }
    idle.clear()
    if idle.isTold { tellOfHandling(message()) }
  }

  @usableFromInline @inline(never) func tellOfHandling<Message>(_ message: Message) {
    if idle?.takeToldOfNext() == true { return }
    tell(.handles(text(ofMessage: message)))
  }

  /// The handler was not there: its message comes again, to the async one.
  @usableFromInline @inline(never) func willBeHandledAgain() { idle?.hasToldOfNext = true }

  /// It does not come: nobody wants it any more.
  @usableFromInline @inline(never) func willNotBeHandled() { idle?.hasToldOfNext = false }
}
