/// A limit to the time that something may take.
///
/// ```swift
/// let top = try await stack.within(.milliseconds(200)).pop()
/// let report = try await archive.call(timeout: .infinity) { .report($0) }
/// ```
///
/// Time is that of the runtime's clock. A time that has passed already, or that is below zero, counts as zero: the wait
/// fails with `timeout` unless the answer is there without waiting.
public struct Timeout: Hashable, Sendable {
  @usableFromInline enum Kind: UInt8, Sendable {
    case after, until, infinity, inherited
  }

  @usableFromInline let kind: Kind
  @usableFromInline let nanoseconds: Int64

  @inlinable init(_ kind: Kind, _ nanoseconds: Int64 = 0) {
    self.kind = kind
    self.nanoseconds = nanoseconds
  }

  /// No limit.
  @inlinable public static var infinity: Self { Self(.infinity) }

  /// The time that is left of the call being handled; five seconds outside a call.
  ///
  /// A chain of calls then ends when the first caller stops waiting, and no server goes on working for an answer that
  /// nobody wants.
  public static var inherited: Self { Self(.inherited) }

  public static func after(_ duration: Duration) -> Self { Self(.after, duration.wholeNanoseconds) }

  /// The time until an instant of the runtime's clock, such as `context.now + .seconds(3)`.
  public static func until(_ instant: ContinuousClock.Instant) -> Self { Self(.until, instant.nanoseconds) }

  @inlinable public static func seconds(_ count: some BinaryInteger) -> Self {
    Self(.after, scaled(Int64(clamping: count), by: 1_000_000_000))
  }

  public static func seconds(_ count: Double) -> Self {
    // A time that no clock can count becomes the longest that a clock can count; a value that is no number becomes
    // zero.
    if count.isNaN { return Self(.after, 0) }
    return Self(.after, Int64(exactly: (count * 1e9).rounded()) ?? (count < 0 ? .min : .max))
  }

  @inlinable public static func milliseconds(_ count: some BinaryInteger) -> Self {
    Self(.after, scaled(Int64(clamping: count), by: 1_000_000))
  }

  @inlinable public static func microseconds(_ count: some BinaryInteger) -> Self {
    Self(.after, scaled(Int64(clamping: count), by: 1000))
  }

  @usableFromInline static func scaled(_ count: Int64, by factor: Int64) -> Int64 {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? (count < 0 ? .min : .max) : product
  }

  /// The default of calls: five seconds, as in OTP.
  @inlinable static var callDefault: Self { Self(.after, 5_000_000_000) }
}

extension Timeout: CustomStringConvertible {
  public var description: String {
    switch kind {
    case .after: "\(Duration.nanoseconds(nanoseconds))"
    case .until: "until an instant"
    case .infinity: "infinity"
    case .inherited: "inherited"
    }
  }
}

extension Timeout {
  /// The instant at which the time is up; `.max` for never.
  package func deadline(in runtime: Runtime) -> Int64 {
    switch kind {
    case .infinity: return .max
    case .until: return Self.deadline(nanoseconds, of: .current, in: runtime)
    case .after: return Self.deadline(after: nanoseconds, in: runtime)
    case .inherited:
      if let process = ProcessCore.ambient, let inherited = process.currentDeadline {
        return Self.deadline(inherited, of: process.runtime, in: runtime)
      }
      return Self.deadline(after: Self.callDefault.nanoseconds, in: runtime)
    }
  }

  /// Converts an instant of one runtime's clock to the clock of another, which may be a test's: it is as far away as on
  /// its own clock.
  package static func deadline(_ instant: Int64, of origin: Runtime, in runtime: Runtime) -> Int64 {
    if origin.timeSource === runtime.timeSource || instant == .max { return instant }
    let (left, overflow) = instant.subtractingReportingOverflow(origin.now())
    return overflow ? 0 : deadline(after: left, in: runtime)
  }

  package static func deadline(after nanoseconds: Int64, in runtime: Runtime) -> Int64 {
    runtime.now().addingClamped(max(0, nanoseconds))
  }
}
