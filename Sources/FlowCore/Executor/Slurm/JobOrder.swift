import Files

/// What a job of a batch system is to do, in files that the engine writes and the job reads.
///
///     steps/ab/KEY/job/order.json    the order
///     steps/ab/KEY/job/events        what the worker tells, appended while it runs
///     steps/ab/KEY/job/end.json      how it ended; whole, and last
///
/// While the directory is there a job may be at work in the step's directory.
struct JobOrder: Equatable {
  /// Names this attempt. A job that finds another than its own has been given up, and does nothing.
  var token: String
  var work: Work
  /// The step's directory, absolute.
  var directory: String
  /// In seconds; nil for no limit.
  var timeLimit: Int?
  /// What the step may reach beyond its inputs and outputs, as the workflow says.
  var confinement: Confinement
  var isSandboxWanted: Bool

  enum Work: Equatable {
    case plugin(Operation)
    /// `steps/ab/KEY/command`, as bash is given it, and what it reads.
    case script(file: String, inputs: [String])
  }

  /// An operation of a plugin, found and checked again where the job runs.
  struct Operation: Equatable {
    var use: String
    /// The directory of the manifest and that of the library.
    var pluginDirectories: [String]
    var librarySHA256: String
    var parameters: [String: JSON]
    var inputs: [String: [String]]
    var threads: Int
  }

  var partial: String { "\(directory)/\(AttemptDirectories.ofJobs)" }
  var scratch: String { "\(directory)/scratch" }
  var log: String { "\(directory)/log" }
  static func folder(in directory: String) -> String { "\(directory)/job" }
  static func file(in directory: String) -> String { "\(directory)/job/order.json" }
  static func eventsFile(in directory: String) -> String { "\(directory)/job/events" }
  /// Values of secrets by name, for the owner's eyes; only where the step has any.
  static func secretsFile(in directory: String) -> String { "\(directory)/job/secrets.json" }
  static func endFile(in directory: String) -> String { "\(directory)/job/end.json" }

  init(token: String, directory: String, _ step: PreparedStep) {
    self.token = token
    self.directory = directory
    switch step.work {
    case .plugin(let request, let sha256):
      (timeLimit, confinement) = (request.timeLimit, request.confinement)
      isSandboxWanted = request.policy.isWanted
      work = .plugin(
        Operation(
          use: request.use, pluginDirectories: request.pluginDirectories, librarySHA256: sha256,
          parameters: request.parameters,
          inputs: Dictionary(request.inputs.map { ($0.name, $0.paths) }) { first, _ in first },
          threads: request.threads))
    case .script(let request, let file):
      (timeLimit, confinement) = (request.timeLimit, request.confinement)
      isSandboxWanted = request.policy.isWanted
      work = .script(file: file, inputs: request.inputs.flatMap(\.paths))
    }
  }

  // MARK: As text

  var json: JSON {
    var json: [String: JSON] = [
      "token": .string(token), "directory": .string(directory),
      "time_limit": timeLimit.map { .integer($0) } ?? .null,
      "sandbox": [
        "wanted": .boolean(isSandboxWanted), "off": .boolean(confinement.isOff),
        "network": .boolean(confinement.network), "reads": Self.list(confinement.reads),
        "writes": Self.list(confinement.writes),
      ],
    ]
    switch work {
    case .script(let file, let inputs):
      json["script"] = ["file": .string(file), "inputs": Self.list(inputs)]
    case .plugin(let operation):
      json["plugin"] = [
        "use": .string(operation.use),
        "directories": Self.list(operation.pluginDirectories),
        "library_sha256": .string(operation.librarySHA256),
        "parameters": .object(operation.parameters),
        "inputs": .object(operation.inputs.mapValues(Self.list)),
        "threads": .integer(operation.threads),
      ]
    }
    return .object(json)
  }

  /// nil where it is no order.
  init?(_ json: JSON) {
    guard let token = json["token"]?.string, let directory = json["directory"]?.string else {
      return nil
    }
    self.token = token
    self.directory = directory
    timeLimit = json["time_limit"]?.integer
    let sandbox = json["sandbox"]
    isSandboxWanted = sandbox?["wanted"] != .boolean(false)
    confinement = Confinement()
    confinement.isOff = sandbox?["off"] == .boolean(true)
    confinement.network = sandbox?["network"] == .boolean(true)
    confinement.reads = Self.strings(sandbox?["reads"])
    confinement.writes = Self.strings(sandbox?["writes"])
    if let script = json["script"], let file = script["file"]?.string {
      work = .script(file: file, inputs: Self.strings(script["inputs"]))
    } else if let plugin = json["plugin"], let use = plugin["use"]?.string,
      let sha256 = plugin["library_sha256"]?.string,
      let parameters = plugin["parameters"]?.object, let inputs = plugin["inputs"]?.object
    {
      work = .plugin(
        Operation(
          use: use,
          pluginDirectories: Self.strings(plugin["directories"]),
          librarySHA256: sha256, parameters: parameters,
          inputs: inputs.mapValues { Self.strings($0) },
          threads: plugin["threads"]?.integer ?? 1))
    } else {
      return nil
    }
  }

  private static func list(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }

  private static func strings(_ json: JSON?) -> [String] {
    (json?.array ?? []).compactMap(\.string)
  }
}
