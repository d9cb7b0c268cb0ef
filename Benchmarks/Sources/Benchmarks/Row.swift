/// One line of the table: a workload, who can do it, and what the library has to reach.
struct Row: Sendable {
  /// Warms up, does the work, and returns the figure in the row's unit.
  typealias Measurement = @concurrent @Sendable () async throws -> Double

  enum Unit: String {
    case nanoseconds = "ns"
    case bytes
  }

  enum Bar {
    /// How many times less than Elixir's `GenServer` it has to take.
    case ratio(atLeast: Double, aim: Double)
    /// The largest figure allowed, in the row's unit.
    case atMost(Double)
    case none
  }

  let name: String
  let unit: Unit
  let bar: Bar
  let measurements: [Contender: Measurement]

  init(
    _ name: String, unit: Unit = .nanoseconds, bar: Bar = .none, ours: @escaping Measurement,
    actor: Measurement? = nil, stream: Measurement? = nil
  ) {
    self.name = name
    self.unit = unit
    self.bar = bar
    var measurements: [Contender: Measurement] = [.ours: ours]
    measurements[.actor] = actor
    measurements[.stream] = stream
    self.measurements = measurements
  }

  static let all = calls + casts + ring + lives + signals + memory + latency + tickers + failures

  static func named(_ name: String) -> Row? {
    all.first { $0.name == name }
  }

  /// Name, unit, bar ("at least", "aim", "at most") and contenders with tabs between; a dash where there is nothing.
  var listing: String {
    let limits: [Double?] =
      switch bar {
      case .ratio(let atLeast, let aim): [atLeast, aim, nil]
      case .atMost(let limit): [nil, nil, limit]
      case .none: [nil, nil, nil]
      }
    let contenders = Contender.allCases.filter { measurements[$0] != nil }.map(\.rawValue).joined(separator: " ")
    let fields = [name, unit.rawValue] + limits.map { $0.map { "\($0)" } ?? "-" } + [contenders]
    return fields.joined(separator: "\t")
  }
}
