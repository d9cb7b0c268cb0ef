#if os(Linux)
  import Foundation
  import Glibc
  import Testing

  /// The memory that the whole program holds.
  enum ResidentMemory {
    /// In bytes.
    static func now() throws -> Int {
      let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      let pages = try #require(statm.split(separator: " ").dropFirst().first.flatMap { Int($0) })
      return pages * sysconf(Int32(_SC_PAGESIZE))
    }
  }
#endif
