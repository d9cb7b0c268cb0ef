public import GenServerKit

/// Makes a call that has to fail, and returns its error.
///
/// ```swift
/// let error = try await expectCallError { try await pool.checkOut() }
/// #expect(error == .overloaded())
/// #expect(error.details.request == "checkOut")
/// ```
///
/// The error is compared without its details, as always with `==`. Expecting the error does not expect the crash of a
/// server that `TestRuntime.start` has started: use `expectExit(of:within:)` for that.
///
/// - Throws: `ExpectationFailure` if the call returns, or throws an error other than a `CallError`.
@discardableResult nonisolated(nonsending) public func expectCallError<Value>(
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column,
  _ call: nonisolated(nonsending) () async throws -> Value
) async throws(ExpectationFailure) -> CallError {
  let what: String
  do {
    what = "returned \(shortened(try await call()))"
  } catch let error as CallError {
    return error
  } catch {
    what = "threw another error: \(shortened(error))"
  }
  throw ExpectationFailure(
    "a call was expected to fail with a CallError, and it \(what)", at: SourcePlace(fileID, filePath, line, column))
}

private func shortened(_ value: Any) -> String {
  let text = "\(value)"
  return text.count > 200 ? text.prefix(200) + "…" : text
}
