private import GenServerKitC

/// A thread of the library's own, which lives as long as its body runs.
package enum SystemThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Returns false if the system has no thread to give.
  @discardableResult package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let argument = Unmanaged.passRetained(Body(body)).toOpaque()
    let started = gs_thread_start({ Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }, argument)
    if !started { Unmanaged<Body>.fromOpaque(argument).release() }
    return started
  }
}
