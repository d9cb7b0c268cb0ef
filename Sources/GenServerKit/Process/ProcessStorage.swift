/// The name of a value in the storage of a process, with the type of that value.
///
/// ```swift
/// enum TraceID: ProcessStorageKey { typealias Value = String }
/// ```
public protocol ProcessStorageKey {
  /// The type of the stored value. It need not be `Sendable`, since the value never leaves the process.
  associatedtype Value
}

/// Values that belong to one process and that all its code can reach; the process dictionary of Erlang.
///
/// ```swift
/// enum TraceID: ProcessStorageKey { typealias Value = String }
///
/// context.storage[TraceID.self] = request.traceID
/// ...
/// log(context.storage[TraceID.self] ?? "no trace")
/// ```
///
/// Every process has a storage of its own, which only its own code can reach, through its context or its `RawProcess`.
/// The values go with the process. State belongs in the server's value: the storage is for values that pass through
/// code which knows nothing of the server, such as the identity of a trace. See `Process.put/2` in Elixir.
public struct ProcessStorage {
  let process: ProcessCore

  init(of process: ProcessCore) { self.process = process }

  /// The value stored under the key; setting nil removes it.
  public subscript<Key: ProcessStorageKey>(_ key: Key.Type) -> Key.Value? {
    get { process.storageTable?.values[ObjectIdentifier(key)].flatMap { $0 as? Key.Value } }
    nonmutating set {
      if let newValue { updateValue(newValue, forKey: key) } else { removeValue(forKey: key) }
    }
  }

  /// Stores the value, and returns what was there before; `Process.put/2` in Elixir.
  @discardableResult public func updateValue<Key: ProcessStorageKey>(
    _ value: Key.Value, forKey key: Key.Type
  ) -> Key.Value? {
    // The old value is unwrapped before it is cast: where nil can be a value, a missing one would look like it.
    process.makeStorageTable()?.values.updateValue(value, forKey: ObjectIdentifier(key)).flatMap { $0 as? Key.Value }
  }

  /// Takes the value out, and returns it; `Process.delete/1` in Elixir.
  @discardableResult public func removeValue<Key: ProcessStorageKey>(forKey key: Key.Type) -> Key.Value? {
    process.storageTable?.values.removeValue(forKey: ObjectIdentifier(key)).flatMap { $0 as? Key.Value }
  }
}

@available(*, unavailable) extension ProcessStorage: Sendable {}

extension ServerContext {
  /// The server's storage, for values that are not part of its state.
  public var storage: ProcessStorage { ProcessStorage(of: process) }
}

extension RawProcess {
  /// The process's storage.
  public var storage: ProcessStorage { ProcessStorage(of: core) }
}

/// The stored values of a process. Only the process's own code touches them, as with the state of a server: a
/// `ProcessStorage` cannot leave the handler or the body in which it was read, and a value that is put in belongs to
/// the process from then on.
final class ProcessStorageTable {
  var values: [ObjectIdentifier: Any] = [:]
}

extension ProcessCore {
  fileprivate final var storageTable: ProcessStorageTable? { lock.withLock { particularsUnderLock?.storage } }

  /// Returns the table, and makes it if needed. Nil if the process has ended, since it would keep the values.
  fileprivate final func makeStorageTable() -> ProcessStorageTable? {
    lock.withLock {
      if isClosed { return nil }
      let particulars = makeParticularsUnderLock()
      if let table = particulars.storage { return table }
      let new = ProcessStorageTable()
      particulars.storage = new
      return new
    }
  }

  /// Drops the values when the process ends. It is a function of its own, so that they are gone when it returns, before
  /// anybody hears of the end.
  @inline(never) final func dropStorage() {
    let table = lock.withLock {
      let table = particularsUnderLock?.storage
      particularsUnderLock?.storage = nil
      return table
    }
    withExtendedLifetime(table) {}
  }
}
