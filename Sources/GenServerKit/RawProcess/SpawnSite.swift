/// The place in the source where a process was spawned. It takes twelve bytes, as each process without a server has
/// one; a `CallSite` would take fifty.
struct SpawnSite: Sendable {
  /// The text of a `#fileID`, which ends with a zero.
  // Unsafe by type alone: the text is part of the program, and nobody writes to it.
  nonisolated(unsafe) private let fileID: UnsafePointer<CChar>?
  private let line: UInt32

  static let unknown = SpawnSite()

  private init() {
    fileID = nil
    line = 0
  }

  init(_ fileID: StaticString, _ line: UInt) {
    self.fileID =
      fileID.hasPointerRepresentation ? UnsafeRawPointer(fileID.utf8Start).assumingMemoryBound(to: CChar.self) : nil
    self.line = UInt32(clamping: line)
  }

  /// Such as `Shop/Import.swift:12`.
  var text: String? { fileID.map { "\(String(cString: $0)):\(line)" } }
}
