/// A table of names that is not the runtime's own.
///
/// ```swift
/// final class Shelf: ViaRegistry {
///   private let holders = Mutex<[String: PID]>([:])
///
///   func register(_ pid: PID, as key: String) -> Bool {
///     holders.withLock { holders in
///       if holders[key]?.isAlive == true { return false }
///       holders[key] = pid
///       return true
///     }
///   }
///
///   func unregister(_ key: String, of pid: PID) {
///     holders.withLock { if $0[key] == pid { $0[key] = nil } }
///   }
///
///   func whereis(_ key: String) -> PID? { holders.withLock { $0[key] } }
/// }
///
/// let shelf = Shelf()
/// _ = try await Book.start("Dune", name: .via(shelf, "b17"))
/// try await Book.named(.via(shelf, "b17")).title()
/// ```
///
/// Each use of such a name asks `whereis`, and sends to the process itself: messages have types, so there is nothing
/// for a registry to send. A process that holds a name gives it back before anyone hears of its end. Entries that were
/// made in another way are the registry's own affair.
///
/// Its functions are called outside of all locks, several at once, and by everything that uses a name: a client, a
/// starter, a process that ends. For a timer that was set by name, a separate thread of the runtime calls `whereis`, so
/// a `whereis` that blocks holds up such timers and no others. None of the functions may block for long.
///
/// Two names are the same when their registries and keys are. For a registry that is a class, identity decides; a
/// registry that is a value defines its own equality. See `{:via, module, term}` in Elixir's `GenServer`.
public protocol ViaRegistry<Key>: Hashable, Sendable {
  /// The type of the names that the registry holds.
  associatedtype Key: Hashable & Sendable

  /// Puts the process under the key; returns false to refuse, above all because another process is there.
  ///
  /// After a refusal the start throws `alreadyStarted` with the process that `whereis` then returns. At a start it runs
  /// on the starter's thread, before `initialize`.
  func register(_ pid: PID, as key: Key) -> Bool

  /// Takes the process away from the key; it must have no effect if the process is not there.
  ///
  /// It may be called twice, and when another process already holds the key.
  func unregister(_ key: Key, of pid: PID)

  /// Returns the process under the key. A process that has ended counts as none.
  func whereis(_ key: Key) -> PID?
}

extension ViaRegistry where Self: AnyObject {
  /// Whether both are the same object.
  public static func == (a: Self, b: Self) -> Bool { a === b }

  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A key with its registry, whatever their types are.
protocol ViaKey: Hashable, Sendable, CustomStringConvertible {
  func register(_ pid: PID) -> Bool
  func unregister(_ pid: PID)
  var holder: PID? { get }
}

struct RegistryKey<Registry: ViaRegistry>: ViaKey {
  let registry: Registry
  let key: Registry.Key

  func register(_ pid: PID) -> Bool { registry.register(pid, as: key) }
  func unregister(_ pid: PID) { registry.unregister(key, of: pid) }
  var holder: PID? { registry.whereis(key) }

  /// Such as `via Shelf "b17"`.
  var description: String {
    let shown = (registry as? any CustomStringConvertible)?.description ?? "\(Registry.self)"
    return "via \(shown) \(String(reflecting: key))"
  }
}
