#if canImport(Darwin)
  private import Darwin
#elseif canImport(Musl)
  private import Musl
#elseif canImport(Glibc)
  private import Glibc
#endif

enum SystemInformation {
  static var coreCount: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

extension ObjectIdentifier {
  /// The address, for a comparison or a table, never to be followed.
  var bits: UInt { UInt(bitPattern: self) }
}
