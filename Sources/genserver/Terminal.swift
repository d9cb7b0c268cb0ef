#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The standard output, which may be a terminal, a pipe or a file.
enum Terminal {
  static var showsColour: Bool { isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil }

  /// Writes a line at once, so that a reader at the other end of a pipe sees each step when it happens.
  static func write(_ line: String) {
    print(line)
    fflush(nil)
  }
}
