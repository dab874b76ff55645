import ArgumentParser
import Files
import FlowCore
import Glibc

/// `flow`: a file per subcommand in `Commands`, no logic of its own.
struct Flow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flow",
    abstract: "Run workflows of plugins, with every result reused and explained.",
    discussion: """
      flow run WORKFLOW.yaml          runs a workflow; a second run does only what changed
      flow PLUGIN OPERATION …         runs one operation; its --help shows the options
      flow plugin list                shows what can be run
      """,
    version: flowVersion,
    subcommands: [
      Run.self,
      Check.self,
      StepCommand.self,
      PluginCommand.self,
      Log.self,
      Why.self,
      Diff.self,
      Lineage.self,
      Rerun.self,
      Clean.self,
      ReportCommand.self,
      UI.self,
      Export.self,
      Bench.self,
      SchemaCommand.self,
      DoctorCommand.self,
    ])
}

@main
enum Main {
  static func main() {
    // A reader that has gone (`flow log | head`) ends a write, not the process. A handler rather than
    // SIG_IGN, which the programs that plugins start would inherit.
    signal(SIGPIPE) { _ in }
    // A file that grows beyond what may be written (RLIMIT_FSIZE) is an error like a full disk.
    signal(SIGXFSZ) { _ in }
    openStandardStreams()
    checkArguments()
    var arguments = Array(CommandLine.arguments.dropFirst())
    // `flow tokenize corpus --k 3 …` is `flow step run tokenize/corpus --param k=3 …`.
    if let first = arguments.first, !first.hasPrefix("-"), !commandNames.contains(first) {
      let registry = Registry.standard(extra: pluginDirectories(arguments))
      if registry.plugins[first] != nil {
        arguments = shorthand(arguments, registry)
      } else {
        unknown(first, registry)
      }
    }
    do {
      var command = try Flow.parseAsRoot(joiningNegativeValues(arguments))
      try command.run()
    } catch {
      end(with: error)
    }
    // EX_IOERR of sysexits.h. A command that fails has said so already.
    if Terminal.hasLostOutput { exit(withCode: 74) }
  }

  /// `--keep -1` as `--keep=-1`: the value is then what is said to be wrong.
  private static func joiningNegativeValues(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for argument in arguments {
      if let last = joined.last, last.hasPrefix("--"), last.count > 2, !last.contains("="),
        argument.hasPrefix("-"), let second = argument.dropFirst().first, second.isNumber
      {
        joined[joined.count - 1] = "\(last)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  /// Prints help and mistakes of the command line in the style of all others.
  private static func end(with error: any Error) -> Never {
    let code = Flow.exitCode(for: error)
    let text = Flow.fullMessage(for: error)
    if code.isSuccess {
      if !text.isEmpty { Terminal.write(text + "\n", to: .standardOutput) }
      exit(withCode: Terminal.hasLostOutput ? 74 : 0)
    }
    let prefix = "Error: "
    if text.hasPrefix(prefix) {
      Terminal.write(
        "\(Terminal.styled("error:", .red)) \(text.dropFirst(prefix.count))\n", to: .standardError)
    } else if !text.isEmpty {
      Terminal.write(text + "\n", to: .standardError)
    }
    Flow.exit(withError: code)
  }

  /// What is not UTF-8 would become another name, or another value, without a word.
  private static func checkArguments() {
    for number in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[number],
        String(validatingCString: argument) == nil
      else { continue }
      Terminal.error(
        Diagnostic(
          "argument \(number), '\(String(cString: argument))', is not UTF-8 text",
          fix: "rename the file, or write it in UTF-8"))
      exit(withCode: 2)
    }
  }

  /// Opens what was closed (`flow log >&-`): the first files that are opened would get these numbers, and what is printed.
  private static func openStandardStreams() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
    where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  private static var commandNames: [String] {
    Flow.configuration.subcommands.map { $0._commandName } + ["help"]
  }

  /// The directories given with --plugin-dir, before the command line is parsed.
  private static func pluginDirectories(_ arguments: [String]) -> [String] {
    var directories: [String] = []
    for (position, argument) in arguments.enumerated() {
      if argument == "--plugin-dir", position + 1 < arguments.count {
        directories.append(arguments[position + 1])
      } else if argument.hasPrefix("--plugin-dir=") {
        directories.append(String(argument.dropFirst("--plugin-dir=".count)))
      }
    }
    return directories
  }

  private static func shorthand(_ arguments: [String], _ registry: Registry) -> [String] {
    guard arguments.count > 1, !arguments[1].hasPrefix("-") else {
      return ["plugin", "info"] + arguments.filter { $0 != "--help" && $0 != "-h" }
    }
    let use = "\(arguments[0])/\(arguments[1])"
    if arguments.dropFirst(2).contains(where: { $0 == "--help" || $0 == "-h" }) {
      let directories = pluginDirectories(arguments).flatMap { ["--plugin-dir", $0] }
      return ["plugin", "info", use] + directories
    }
    let rest = Array(arguments.dropFirst(2))
    guard let (_, operation) = try? registry.operation(use) else {
      return ["step", "run", use] + rest
    }
    do throws(Diagnostics) {
      return ["step", "run", use]
        + (try OperationOptions.expanded(
          rest, of: operation, use: use, reserved: StepRun.optionNames))
    } catch {
      for problem in error.list { Terminal.error(problem) }
      Main.exit(withCode: 2)
    }
  }

  private static func unknown(_ word: String, _ registry: Registry) -> Never {
    for warning in registry.warnings { Terminal.warning("\(warning)") }
    let near = Suggestion.nearest(to: word, among: commandNames + registry.plugins.keys)
    Terminal.error(
      Diagnostic(
        "there is no command and no plugin '\(word)'",
        fix: near.map { "did you mean 'flow \($0)'?" } ?? "`flow --help` lists the commands"))
    Main.exit(withCode: 2)
  }

  private static func exit(withCode code: Int32) -> Never {
    Flow.exit(withError: ExitCode(code))
  }
}

/// Options that several commands share.
struct StateOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Where results and history are kept.", valueName: "directory"))
  var stateDir = environment("FLOW_STATE_DIR").flatMap { $0.isEmpty ? nil : $0 } ?? ".flow"

  func validate() throws {
    if stateDir.isEmpty { throw ValidationError("--state-dir needs the name of a directory") }
  }

  var directory: StateDirectory { StateDirectory(stateDir) }
}

struct PluginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A directory with manifests and libraries, searched first; may stand several times.",
      valueName: "directory"))
  var pluginDir: [String] = []

  /// The registry, after a warning for each manifest that cannot be read.
  ///
  /// - Parameters:
  ///   - project: a directory whose `plugins.lock`, if it has one, holds unless FLOW_PLUGIN_LOCK names another.
  ///   - isChecked: false where a supervisor has compared the plugin with its locks.
  /// - Throws: `Diagnostic` where a lock cannot be read.
  func registry(
    project: String? = nil, isChecked: Bool = false
  ) throws(Diagnostic) -> Registry {
    if isChecked { return Registry.standard(extra: pluginDir, usesLocks: false) }
    for directory in pluginDir where !Path.exists(directory) {
      Terminal.warning("there is no plugin directory \(directory)")
    }
    let registry = Registry.standard(
      extra: pluginDir,
      lock: try lock(of: project).map { path throws(Diagnostic) in try PluginLock(file: path) })
    for warning in registry.warnings { Terminal.warning("\(warning)") }
    return registry
  }

  /// One that is named must be there; a project need not have one.
  private func lock(of project: String?) -> String? {
    if let named = environment("FLOW_PLUGIN_LOCK"), !named.isEmpty { return named }
    return project.map { "\($0)/\(PluginLock.fileName)" }.flatMap { Path.exists($0) ? $0 : nil }
  }
}

/// Runs a command's body; a mistake of the user is printed and ends with exit code 2.
func reporting(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let problems as Diagnostics {
    for problem in problems.list { Terminal.error(problem) }
    throw ExitCode(2)
  } catch let problem as Diagnostic {
    Terminal.error(problem)
    throw ExitCode(2)
  } catch let code as ExitCode {
    throw code
  } catch {
    Terminal.line("error: \(error)", to: .standardError)
    throw ExitCode(1)
  }
}
