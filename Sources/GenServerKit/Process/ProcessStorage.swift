/// Names a value in the storage of a process, and says of what type it is.
///
/// ```swift
/// enum TraceID: ProcessStorageKey { typealias Value = String }
/// ```
public protocol ProcessStorageKey {
  /// What is stored under the key. It need not be `Sendable`: it never leaves the process.
  associatedtype Value
}

/// Values that belong to one process, wherever in its code they are needed; the process dictionary of Erlang.
///
/// ```swift
/// enum TraceID: ProcessStorageKey { typealias Value = String }
///
/// context.storage[TraceID.self] = request.traceID
/// ...
/// log(context.storage[TraceID.self] ?? "no trace")
/// ```
///
/// Only the process's own code gets to it, through its context or its `RawProcess`, and every process has its own. What
/// is left in it goes with the process. State belongs into the server's value: this is for what passes through code that
/// knows nothing of the server, such as the identity of a trace. See `Process.put/2` in Elixir.
public struct ProcessStorage {
  let process: ProcessCore

  init(of process: ProcessCore) { self.process = process }

  /// What is stored under the key; nil stores nothing any more.
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
    // Unwrapped before it is cast: where nil can be a value, no value would be one too.
    process.makeStorageTable()?.values.updateValue(value, forKey: ObjectIdentifier(key)).flatMap { $0 as? Key.Value }
  }

  /// Takes the value out, and returns it; `Process.delete/1` in Elixir.
  @discardableResult public func removeValue<Key: ProcessStorageKey>(forKey key: Key.Type) -> Key.Value? {
    process.storageTable?.values.removeValue(forKey: ObjectIdentifier(key)).flatMap { $0 as? Key.Value }
  }
}

@available(*, unavailable) extension ProcessStorage: Sendable {}

extension ServerContext {
  /// Values of the server's own that its state does not know of.
  public var storage: ProcessStorage { ProcessStorage(of: process) }
}

extension RawProcess {
  /// Values of the process's own.
  public var storage: ProcessStorage { ProcessStorage(of: core) }
}

/// What a process has stored. Only its own code touches it, as it does the state of a server: a `ProcessStorage` cannot
/// leave the handler or the body that it was got in, and a value put into it belongs to the process from then on.
final class ProcessStorageTable {
  var values: [ObjectIdentifier: Any] = [:]
}

extension ProcessCore {
  fileprivate final var storageTable: ProcessStorageTable? { lock.withLock { particularsUnderLock?.storage } }

  /// Nil if the process has ended: it would keep what is stored.
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

  /// When the process ends. A function of its own: what was stored is gone when it returns, and before anybody hears.
  @inline(never) final func dropStorage() {
    let table = lock.withLock {
      let table = particularsUnderLock?.storage
      particularsUnderLock?.storage = nil
      return table
    }
    withExtendedLifetime(table) {}
  }
}
