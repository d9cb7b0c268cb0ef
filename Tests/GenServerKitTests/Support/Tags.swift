import Foundation
import Testing

extension Tag {
  /// Tests that take long; they run when GENSERVER_STRESS is set.
  @Tag static var stress: Self
}

/// Whether the tests with the tag `stress` run.
let isStressEnabled = ProcessInfo.processInfo.environment["GENSERVER_STRESS"] != nil
