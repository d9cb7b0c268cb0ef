private import GenServerKitC

/// What the library keeps per thread, and how it goes when the thread ends.
enum ThreadRecord {
  /// The process whose plain handler runs on this thread.
  static var current: ProcessCore? {
    guard let raw = gs_thread_self().pointee.current else { return nil }
    return Unmanaged<ProcessCore>.fromOpaque(raw).takeUnretainedValue()
  }

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
