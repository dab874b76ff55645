import Files

/// All that a worker needs to run one operation.
public struct StepRequest: Sendable {
  public var plugin: InstalledPlugin
  public var operation: Manifest.Operation
  /// Every parameter that has a value, in canonical form.
  public var parameters: [String: JSON]
  /// Paths by input.
  public var inputs: [(name: String, paths: [String])]
  /// Where the worker creates the outputs.
  public var outputDirectory: String
  /// Where it may leave unfinished work for the next attempt.
  public var scratchDirectory: String
  public var threads: Int
  /// In seconds; nil for no limit.
  public var timeLimit: Int?
  /// The GPUs that it may use, as CUDA_VISIBLE_DEVICES takes them; none stands for those that its environment allows.
  public var devices: [String] = []
  /// Which of a parallel launcher's processes this is.
  public var rank = Rank.only
  /// The library that was checked; nil where the worker checks for itself.
  var library: FileIdentity?
  /// What the step may reach beyond what its operation's manifest says.
  public var confinement = Confinement()
  public var policy = SandboxPolicy()
  /// Values of secrets by name; in no argument.
  public var secrets: [String: String] = [:]

  public init(
    plugin: InstalledPlugin, operation: Manifest.Operation, parameters: [String: JSON],
    inputs: [(name: String, paths: [String])], outputDirectory: String, scratchDirectory: String,
    threads: Int, timeLimit: Int?
  ) {
    self.plugin = plugin
    self.operation = operation
    self.parameters = parameters
    self.inputs = inputs
    self.outputDirectory = outputDirectory
    self.scratchDirectory = scratchDirectory
    self.threads = threads
    self.timeLimit = timeLimit
  }

  /// PLUGIN/OPERATION.
  public var use: String { "\(plugin.manifest.id)/\(operation.name)" }

  /// The arguments after `flow`: the command line that runs this step, here and anywhere.
  public var arguments: [String] {
    var arguments = ["step", "run", use]
    for input in inputs {
      for path in input.paths { arguments += ["--input", "\(input.name)=\(path)"] }
    }
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      arguments += ["--param", "\(name)=\(plain(value))"]
    }
    arguments += ["--threads", String(threads)]
    if !devices.isEmpty { arguments += ["--gpus", devices.joined(separator: ",")] }
    if let timeLimit { arguments += ["--time-limit", "\(timeLimit)s"] }
    arguments += ["--scratch-dir", scratchDirectory, "--output-dir", outputDirectory]
    // The very plugin that was planned with, wherever the worker would search first.
    for directory in pluginDirectories { arguments += ["--plugin-dir", directory] }
    return arguments
  }

  /// The directories of the plugin's manifest and of its library, absolute.
  var pluginDirectories: [String] {
    var directories = [Path.parent(plugin.manifest.path)]
    if let library = plugin.library { directories.append(Path.parent(library)) }
    return directories.map { (try? Path.real($0)) ?? $0 }
  }

  /// The command line for a shell, each argument quoted.
  public var shellCommand: String {
    (["flow"] + arguments).map(ShellQuoting.quote).joined(separator: " ")
  }
}

/// POSIX shell quoting.
public enum ShellQuoting {
  /// `text` so that a shell reads it as one word and nothing else.
  public static func quote(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || "0123456789-_./=:,+@%".unicodeScalars.contains($0))
      }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
