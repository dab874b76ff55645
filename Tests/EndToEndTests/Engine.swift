import Files
import FlowTesting

/// A directory with a plugin, in which tests write workflows and run them.
struct Engine {
  let work: TemporaryDirectory
  let plugin: ForeignPlugin

  init() throws {
    work = try TemporaryDirectory()
    try Path.createDirectory(work.at("plugins"))
    plugin = try ForeignPlugin("probe", into: work.at("plugins"))
  }

  /// The sandbox lets steps leave marks for the tests in the directory, and keeps them to their bounds elsewhere.
  private var environment: [String: String] {
    plugin.environment.merging(["FLOW_SANDBOX_WRITE": work.path]) { $1 }
  }

  /// Writes `workflow.yaml`.
  func workflow(_ text: String) throws { try work.write("workflow.yaml", text) }

  func flow(_ arguments: String...) throws -> CommandResult {
    try Built.flow(arguments, in: work.path, environment: environment)
  }

  func run(_ more: String...) throws -> CommandResult {
    try Built.flow(
      ["run", "workflow.yaml"] + more, in: work.path, environment: environment)
  }

  /// A run in the background.
  func start(_ more: String...) throws -> RunningCommand {
    try Built.start(
      ["run", "workflow.yaml"] + more, in: work.path, environment: environment)
  }

  /// `flow log latest --json`.
  func latestRun() throws -> JSON {
    let result = try flow("log", "latest", "--json")
    return try JSON(parsing: result.output)
  }

  /// Names of the steps of the latest run with this status, sorted.
  func steps(_ status: String) throws -> [String] {
    (try latestRun()["steps"]?.array ?? [])
      .filter { $0["status"]?.string == status }
      .compactMap { $0["name"]?.string }
      .sorted()
  }
}
