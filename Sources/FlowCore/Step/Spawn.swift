import CSystem
import Files
import Glibc

/// A process to be started, in a group of its own: one signal reaches it and all that it starts, and ctrl-C in
/// the terminal reaches only the engine.
struct Spawn {
  var executable: String
  /// The first is the program's name.
  var arguments: [String]
  /// nil for this process's own.
  var environment: [String]? = nil
  /// nil for `/dev/null`.
  var input: Int32?
  /// Standard output and error.
  var log: Int32
  /// One more descriptor that it inherits under the same number.
  var kept: Int32? = nil
  /// A Landlock ruleset that it and all that it starts are held to.
  var ruleset: Int32? = nil
  /// What it gets when the engine dies, however it dies.
  var deathSignal: Int32? = nil

  /// - Returns: its number, and a descriptor that `poll(2)` calls readable when it ends, -1 where the kernel has none.
  /// - Throws: `FileError` where it cannot be started.
  func start() throws(FileError) -> (pid: pid_t, ending: Int32) {
    var opened: Int32 = -1
    defer { if opened >= 0 { close(opened) } }
    if input == nil {
      opened = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard opened >= 0 else { throw FileError("open", "/dev/null", errno: errno) }
    }
    var ending: Int32 = -1
    let pid = Self.withStrings(arguments) { arguments in
      let start = { (environment: UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> pid_t in
        executable.withCString { executable in
          var request = flow_spawn(
            executable: executable, arguments: arguments, environment: environment, directory: nil,
            input: input ?? opened, output: log, error: log, kept: kept ?? -1,
            ruleset: ruleset ?? -1, death_signal: deathSignal ?? 0)
          return flow_spawn(&request, &ending)
        }
      }
      guard let environment else { return start(environ) }
      return Self.withStrings(environment, start)
    }
    guard pid > 0 else { throw FileError("start", executable, errno: -pid) }
    return (pid, ending)
  }

  /// The strings as C wants them, for the time of `body`.
  private static func withStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
  ) -> Result {
    var copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    copies.append(nil)
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress) }
  }
}
