/// The way in which a simulation picks the process or task that runs next.
@nonexhaustive public enum SimulationStrategy: Hashable, Sendable {
  /// Each one that could run is as likely as any other. This finds faults that show in many orders.
  case uniform

  /// Each process and task has a priority, and the highest of those that could run is picked; at up to `changes`
  /// moments the one that runs falls behind all others. All tasks that have called `Task.yield` share one priority.
  /// This finds faults that show only where one waits for long while others get far.
  case priorities(changes: Int)

  /// Either of the two, as the seed decides.
  case mixed
}
