/// How a simulation picks who runs next.
@nonexhaustive public enum SimulationStrategy: Hashable, Sendable {
  /// Each that could run is as likely as any other: finds what goes wrong in many orders.
  case uniform

  /// Each process and task has a priority, and the first of those that could run is picked; at up to so many moments who
  /// runs falls behind all others. What has called `Task.yield` has one priority together. Finds what goes wrong only where
  /// one waits for long while others get far.
  case priorities(changes: Int)

  /// The one or the other, as the seed decides.
  case mixed
}
