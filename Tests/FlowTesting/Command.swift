import Files
import Glibc

/// A program that a test starts, and what came of it.
public struct CommandResult: Sendable {
  /// The exit code, or 128 + the signal that ended it.
  public let status: Int
  public let output: String
  public let errors: String
}

/// A running program with its output in files.
public final class RunningCommand {
  public let pid: pid_t
  private let directory: TemporaryDirectory

  /// - Parameters:
  ///   - environment: variables to set beside this process's own.
  public init(
    _ program: String, _ arguments: [String], in workingDirectory: String,
    environment: [String: String] = [:]
  ) throws {
    directory = try TemporaryDirectory()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (number, name) in [(Int32(1), "out"), (2, "err")] {
      posix_spawn_file_actions_addopen(
        &actions, number, directory.at(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    }
    var variables: [String] = []
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      let name = text.prefix { $0 != "=" }
      // The machine's own settings must not decide a test.
      if !name.hasPrefix("FLOW_"), environment[String(name)] == nil { variables.append(text) }
      next += 1
    }
    variables += environment.map { "\($0.key)=\($0.value)" }
    // The threads that tests run on block signals, and what they start would go on doing so.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    // The shell only changes the directory; then it becomes the program.
    let shell = ["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh", workingDirectory, program]
    let code = withCStrings(shell + arguments) { argv in
      withCStrings(variables) { posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, $0) }
    }
    guard code == 0 else { throw FileError("start", program, errno: code) }
    self.pid = pid
  }

  /// What the program has printed to standard error so far.
  public var errorsSoFar: String { (try? directory.read("err")) ?? "" }

  public func kill(_ signal: Int32) { _ = Glibc.kill(pid, signal) }

  public func wait() throws -> CommandResult {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) != pid {
      guard errno == EINTR else { throw FileError("wait for", "process \(pid)", errno: errno) }
    }
    let code = status & 0x7F == 0 ? Int((status >> 8) & 0xFF) : 128 + Int(status & 0x7F)
    return CommandResult(
      status: code, output: try directory.read("out"), errors: try directory.read("err"))
  }
}

private func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  return body(pointers)
}

/// The products of the build that the tests belong to.
public enum Built {
  /// The directory of the test binary, where SwiftPM puts the other products too.
  public static let directory: String = {
    let test = (try? Path.real("/proc/self/exe")) ?? "."
    // `swift test` may run a helper of the toolchain that loads the test bundle; its argument names it.
    for argument in CommandLine.arguments where argument.contains(".xctest") {
      if let bundle = try? Path.real(argument) { return Path.parent(bundle) }
    }
    return Path.parent(test)
  }()

  /// The root of the source tree.
  public static func sourceTree(_ file: String = #filePath) -> String {
    Path.parent(Path.parent(Path.parent(file)))
  }

  /// Runs the built `flow` to its end.
  public static func flow(
    _ arguments: [String], in directory: String, environment: [String: String] = [:]
  ) throws -> CommandResult {
    try start(arguments, in: directory, environment: environment).wait()
  }

  /// Starts the built `flow`.
  public static func start(
    _ arguments: [String], in directory: String, environment: [String: String] = [:]
  ) throws -> RunningCommand {
    try RunningCommand(
      "\(Built.directory)/flow", arguments, in: directory, environment: environment)
  }
}
