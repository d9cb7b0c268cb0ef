private import GenServerKitC

/// Wakes the one thread that waits on it; a signal that comes first is kept.
package struct Event: ~Copyable, @unchecked Sendable {
  // Unchecked: a raw pointer to a word that only atomic instructions and the kernel touch.
  private let storage: UnsafeMutableRawPointer

  package init() {
    let event = UnsafeMutablePointer<gs_event>.allocate(capacity: 1)
    event.initialize(to: gs_event())
    gs_event_init(event)
    storage = UnsafeMutableRawPointer(event)
  }

  deinit { storage.deallocate() }

  package func signal() { gs_event_set(storage.assumingMemoryBound(to: gs_event.self)) }

  package func wait(nanoseconds: Int64? = nil) {
    gs_event_wait(storage.assumingMemoryBound(to: gs_event.self), nanoseconds ?? -1)
  }
}
