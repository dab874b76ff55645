import ArgumentParser
import FlowCore
import FlowProvenance

/// Which run `flow export FORMAT RUN` is about.
struct ExportedRun: ParsableArguments {
  @Argument(help: "A run's id or its beginning, or 'latest'.")
  var id = "latest"

  @OptionGroup var state: StateOptions

  func history() throws -> RunHistory {
    let ledger = try Ledger(reading: state.stateDir)
    return try RunHistory(ledger.run(id), in: ledger)
  }
}

/// What only a person can say about a run.
struct StatementOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who ran the workflow: 'NAME <https://orcid.org/…>' or a name.", valueName: "who"))
  var agent: String?

  @Option(
    help: ArgumentHelp(
      "Where that person belongs: 'NAME <https://ror.org/…>' or a name.", valueName: "name"))
  var organization: String?

  @Option(
    help: ArgumentHelp(
      "Under which terms: an SPDX identifier, an address or a sentence.", valueName: "licence"))
  var license: String?

  func statements() throws -> Statements {
    func party(_ text: String?, _ option: String) throws -> Statements.Party? {
      guard let text else { return nil }
      guard let party = Statements.Party(text) else {
        throw Diagnostic(
          "\(option) is '\(text)'", fix: "write a name, or 'NAME <https://…>' with its address")
      }
      return party
    }
    return Statements(
      agent: try party(agent, "--agent"), organization: try party(organization, "--organization"),
      licence: license)
  }
}

struct ExportCrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crate",
    abstract: "Write a run as a Workflow Run RO-Crate, a directory or a .zip.")

  @OptionGroup var exported: ExportedRun

  @Option(
    name: [.short, .long],
    help: "A directory that is not there yet, or a file that ends in .zip (default: RUN-crate).")
  var output: String?

  @Option(help: "How much it tells: process, workflow or provenance.")
  var profile = CrateOptions.Profile.provenance

  @Flag(help: "Tell of files by name, size and hash, and copy none.")
  var noData = false

  @Flag(help: "Copy what passed between steps, too.")
  var allData = false

  @OptionGroup var said: StatementOptions

  func validate() throws {
    if noData && allData { throw ValidationError("--no-data and --all-data exclude each other") }
  }

  func run() throws {
    try reporting {
      let history = try exported.history()
      let options = CrateOptions(
        profile: profile, data: noData ? .none : allData ? .all : .ends,
        statements: try said.statements())
      let path = output ?? "\(history.id)-crate"
      for warning in try RunCrate.write(history, options: options, to: path) {
        Terminal.warning(warning)
      }
      Terminal.line(path)
    }
  }
}

extension CrateOptions.Profile: ExpressibleByArgument {}

struct ExportProv: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prov", abstract: "Write a run in W3C PROV.")

  @OptionGroup var exported: ExportedRun

  @Option(
    name: [.short, .long],
    help: "The file to write: PROV-N where it ends in .provn, else PROV-JSON; - is standard output."
  )
  var output = "prov.json"

  @OptionGroup var said: StatementOptions

  func run() throws {
    try reporting {
      try ProvExport.write(
        exported.history(), statements: said.statements(),
        as: output.hasSuffix(".provn") ? .provn : .json, to: output)
      Terminal.wrote(output)
    }
  }
}

struct ExportBioCompute: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bco", abstract: "Write a run as a BioCompute Object (IEEE 2791-2020).")

  @OptionGroup var exported: ExportedRun

  @Option(name: [.short, .long], help: "The file to write; - is standard output.")
  var output = "bco.json"

  @OptionGroup var said: StatementOptions

  func run() throws {
    try reporting {
      try BioComputeExport.write(
        exported.history(), statements: said.statements(), to: output)
      Terminal.wrote(output)
    }
  }
}

struct ExportMultiQC: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "multiqc",
    abstract: "Write a run's steps, and the tables and charts they recorded, for MultiQC.")

  @OptionGroup var exported: ExportedRun

  @Option(name: [.short, .long], help: "The directory to write to.")
  var output = "multiqc"

  func run() throws {
    try reporting {
      for name in try MultiQCSections(exported.history()).write(to: output) {
        Terminal.line("\(output)/\(name)")
      }
    }
  }
}

struct ExportTrace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Write a run's steps as a trace.txt in Nextflow's columns.")

  @OptionGroup var exported: ExportedRun

  @Option(name: [.short, .long], help: "The file to write; - is standard output.")
  var output = "trace.txt"

  @Flag(help: "Milliseconds and bytes as plain numbers.")
  var raw = false

  func run() throws {
    try reporting {
      try TraceTable(exported.history(), isRaw: raw).write(to: output)
      Terminal.wrote(output)
    }
  }
}
