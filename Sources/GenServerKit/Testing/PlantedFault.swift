/// Faults that a simulation's own tests plant into one runtime, to see that each is found. Builds for release have none of
/// them, and no question whether there is one.
package enum PlantedFault: CaseIterable, Sendable {
  /// Who sends to a process that runs does not tell it so.
  case lostWakeUp
  /// A caller that has run a handler leaves what came meanwhile where it lies.
  case sleepingQueue
  /// The answer to a request counts although its time was up.
  case lateAnswer
  /// A message goes before those that wait already.
  case overtaking
  /// Who watches a process hears of its end before its name is free.
  case downBeforeName
  /// `unlink` takes the link from one of the two.
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
