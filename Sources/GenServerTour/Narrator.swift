/// Tells what an example does, call by call, and what came back.
///
/// An example hands each value to it as soon as it has it, and nothing is told that did not happen:
///
/// ```swift
/// tour.show("counter.increment()", try await counter.increment())
/// ```
public final class Narrator {
  /// A call and what came back, as they were told.
  public struct Step: Equatable, Sendable {
    public let call: String
    public let result: String
  }

  /// How the text is marked.
  public enum Style: Sendable {
    case plain
    /// With the colours of a terminal.
    case coloured
  }

  /// Everything that was told so far.
  public private(set) var steps: [Step] = []

  /// What was said between the steps.
  public private(set) var remarks: [String] = []

  private let style: Style
  private let write: (String) -> Void

  /// - Parameters:
  ///   - style: How the text is marked.
  ///   - write: Gets one line after the other, without their ends.
  public init(style: Style = .plain, write: @escaping (String) -> Void = { _ in }) {
    self.style = style
    self.write = write
  }

  /// Tells what `call` returned, and hands it on.
  @discardableResult func show<Value>(_ call: String, _ value: Value) -> Value {
    tell(Step(call: call, result: Self.text(of: value)))
    return value
  }

  /// Tells which error `body` throws, and returns it; fails if there is none, or one of another type.
  @discardableResult func failure<Failure: Error, Value>(
    _ type: Failure.Type, _ call: String, _ body: () async throws -> Value
  ) async throws -> Failure {
    let value: Value
    do {
      value = try await body()
    } catch let error as Failure {
      tell(Step(call: call, result: "throws \(Self.text(of: error))"))
      return error
    }
    throw UnexpectedSuccess(call: call, result: Self.text(of: value))
  }

  /// Says what no call can show, such as what does not compile; a text of several lines is told in as many.
  func remark(_ text: String) {
    remarks.append(text)
    for line in text.split(separator: "\n") { write("  # \(line)") }
  }

  private func tell(_ step: Step) {
    steps.append(step)
    for line in Self.lines(of: step, style) { write(line) }
  }

  func begin(_ chapter: Chapter) {
    write("")
    write(style.bold(chapter.title))
  }

  func begin(_ example: Example) {
    write("")
    write("\(style.bold(example.id))  \(example.title)")
  }

  func tellFailure(of example: Example, _ error: any Error) {
    let lines = "\(example.id) failed: \(Self.text(of: error))".split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines { write("  \(style.red(String(line)))") }
  }

  func end(_ summary: Summary) {
    write("")
    write(summary.failures.isEmpty ? style.bold("\(summary)") : style.red("\(summary)"))
  }
}

/// A call that was to fail returned something.
struct UnexpectedSuccess: Error, CustomStringConvertible {
  let call: String
  let result: String

  var description: String { "\(call) was to fail and returned \(result.isEmpty ? "nothing" : result)" }
}
