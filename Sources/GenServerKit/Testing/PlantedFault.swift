/// The faults that the tests of the simulation plant into one runtime, to show that each is found. Builds for release
/// have none of them, and do not check for them.
package enum PlantedFault: CaseIterable, Sendable {
  /// A sender does not tell a running process that there is a message.
  case lostWakeUp
  /// A caller that has run a handler leaves the messages that came meanwhile where they lie.
  case sleepingQueue
  /// The answer to a request counts although its time was up.
  case lateAnswer
  /// A message overtakes those that wait already.
  case overtaking
  /// A watcher hears of a process's end before the name is free.
  case downBeforeName
  /// `unlink` takes the link from only one of the two processes.
  case linkOutlivesUnlink
  /// A timer that was cancelled fires.
  case timerAfterCancel
}

extension Runtime {
  @inline(__always) final func has(_ fault: PlantedFault) -> Bool {
    #if DEBUG
      plantedFault == fault
    #else
      false
    #endif
  }
}
