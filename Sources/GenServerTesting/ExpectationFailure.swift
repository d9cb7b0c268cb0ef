/// The error of an expectation that was not met: it says what the test waited for, and what was there instead.
///
/// ```swift
/// do {
///   try await process.expect(Report.self, within: .seconds(1))
/// } catch {
///   Issue.record("\(error)", sourceLocation: SourceLocation(
///     fileID: "\(error.fileID)", filePath: "\(error.filePath)", line: Int(error.line), column: Int(error.column)))
/// }
/// ```
///
/// Usually a test lets it pass, and fails with its text. The text begins with the place where the test waited, so a
/// failure in a helper is found as well.
public struct ExpectationFailure: Error, Sendable {
  /// What was expected, how long, and what was there instead.
  public let message: String

  /// The module and the file in which the test waited.
  public let fileID: StaticString

  /// The path of the file.
  public let filePath: StaticString

  /// The line in the file.
  public let line: UInt

  /// The column in the line.
  public let column: UInt

  package init(_ message: String, at place: SourcePlace) {
    self.message = message
    fileID = place.fileID
    filePath = place.filePath
    line = place.line
    column = place.column
  }
}

extension ExpectationFailure: CustomStringConvertible {
  /// Such as `ShopTests/CartTests.swift:31: waited 5 seconds for …`.
  public var description: String { "\(fileID):\(line): \(message)" }
}

/// The place in the source where something was expected.
package struct SourcePlace: Sendable {
  let fileID: StaticString
  let filePath: StaticString
  let line: UInt
  let column: UInt

  package init(_ fileID: StaticString, _ filePath: StaticString, _ line: UInt, _ column: UInt) {
    self.fileID = fileID
    self.filePath = filePath
    self.line = line
    self.column = column
  }
}
