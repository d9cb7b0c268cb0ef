private import GenServerKitC

/// The state that the library keeps per thread, and its clean-up when the thread ends.
package enum ThreadRecord {
  /// The process whose plain handler runs on this thread.
  package static var current: ProcessCore? {
    guard let raw = gs_thread_self().pointee.current else { return nil }
    return Unmanaged<ProcessCore>.fromOpaque(raw).takeUnretainedValue()
  }

  /// The identity of the running thread.
  package static var identity: UInt { UInt(bitPattern: gs_thread_self()) }

  /// Makes the watchdog leave this thread alone: its findings depend on how fast the machine is.
  package static func leaveUnwatched() {
    cleansUpOnExit()
    gs_thread_self().pointee.watched = true
  }

  /// Whether the thread works for all runtimes, so that users' code which blocks here would hold up every one of them.
  static var servesAllRuntimes: Bool { gs_thread_self().pointee.shared }

  /// Marks this thread as one that works for all runtimes.
  static func serveAllRuntimes() { gs_thread_self().pointee.shared = true }

  static func cleansUpOnExit() {
    gs_thread_on_exit { thread in
      Watchdog.shared.forget(thread)
      if let spare = thread.pointee.spare {
        thread.pointee.spare = nil
        Unmanaged<ReplyNode>.fromOpaque(spare).release()
      }
    }
  }
}
