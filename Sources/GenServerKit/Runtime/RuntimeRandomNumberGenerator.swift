/// Random numbers of a runtime: the system's, or in a test those of a seed.
///
/// ```swift
/// var dice = context.randomNumberGenerator
/// return .reply(Int.random(in: 1...6, using: &dice), to: client)
/// ```
///
/// A server that draws its numbers here behaves the same when a test repeats the seed.
public struct RuntimeRandomNumberGenerator: RandomNumberGenerator, Sendable {
  private let source: any RandomSource

  fileprivate init(_ source: any RandomSource) { self.source = source }

  public mutating func next() -> UInt64 { source.next() }
}

extension Runtime {
  /// The source of the runtime's random numbers.
  public var randomNumberGenerator: RuntimeRandomNumberGenerator { RuntimeRandomNumberGenerator(randomSource) }
}

extension ServerContext {
  /// The source of the runtime's random numbers, which a seed can repeat.
  public var randomNumberGenerator: RuntimeRandomNumberGenerator { process.runtime.randomNumberGenerator }
}

extension RawProcess {
  /// The source of the runtime's random numbers, which a seed can repeat.
  public var randomNumberGenerator: RuntimeRandomNumberGenerator { core.runtime.randomNumberGenerator }
}

extension RuntimeRandomNumberGenerator: CustomReflectable {
  public var customMirror: Mirror { Mirror(leaf: self) }
}
