import FlowTesting
import Testing

@testable import FlowCore

/// `flow PLUGIN OPERATION`: the manifest's inputs and parameters as options of the command line.
@Suite struct OperationOptionsTests {
  private func expanded(_ arguments: [String]) throws -> [String] {
    let directory = try TemporaryDirectory()
    try directory.write(
      "tool.yaml",
      """
      flow-plugin: 1
      id: tool
      version: 1.0.0
      abi: 1
      library: libtool.so
      summary: A tool.
      operations:
        make:
          summary: Make files.
          inputs:
            sequence: {type: file, synonyms: [genome, fasta-file], help: A file.}
            states: {type: file, list: true, optional: true, help: Files.}
          outputs:
            report: {type: file, path: report.txt, show: text, help: A report.}
            data: {type: file, path: data.json, show: json, help: The same.}
          parameters:
            bin_size: {type: integer, default: 200, help: A number.}
            cells: {type: list, of: string, default: [], help: Names.}
            fast: {type: boolean, default: false, help: A switch.}
            shift: {type: number, default: 0, help: A number.}
            name: {type: string, required: true, help: Text.}

      """)
    let manifest = try ManifestParser.parse(file: directory.at("tool.yaml"))
    return try OperationOptions.expanded(
      arguments, of: try #require(manifest.operation("make")), use: "tool/make",
      reserved: ["output-dir", "json", "input", "param"])
  }

  @Test(arguments: [
    ("--sequence a.fa --name x", "--input sequence=a.fa --param name=x"),
    ("--sequence=a.fa --name=--x", "--input sequence=a.fa --param name=--x"),
    (
      "--states a.bed b.bed --name x",
      "--input states=a.bed --input states=b.bed --param name=x"
    ),
    ("--genome a.fa --fasta_file=b.fa", "--input sequence=a.fa --input sequence=b.fa"),
    ("--states a.bed --states b.bed", "--input states=a.bed --input states=b.bed"),
    ("--bin-size 50 --bin_size 50", "--param bin_size=50 --param bin_size=50"),
    ("--cells A B --fast", #"--param cells=["A","B"] --param fast=true"#),
    ("--cells A,B --fast", "--param cells=A,B --param fast=true"),
    ("--fast --bin-size 1", "--param fast=true --param bin_size=1"),
    ("--fast false", "--param fast=false"),
    ("--shift -2.5", "--param shift=-2.5"),
    ("--input sequence=a --param name=x --json", "--input sequence=a --param name=x --json"),
    ("-o out --output-dir out", "-o out --output-dir out"),
  ])
  func namesOfTheManifestAreOptions(_ written: String, _ meant: String) throws {
    func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    #expect(try expanded(words(written)) == words(meant))
  }

  @Test(arguments: [
    ("--bin-sise 50", "tool/make has no option '--bin-sise'"),
    ("--bin-sise 50", "did you mean '--bin_size'?"),
    ("--bin-size", "--bin-size needs a value (integer): A number."),
    ("--sequence --fast", "--sequence needs a value (PATH): A file."),
    ("--name --fast", "--name needs a value (string): Text."),
  ])
  func mistakesAreExplained(_ written: String, _ message: String) throws {
    let problems = #expect(throws: Diagnostics.self) {
      try expanded(written.split(separator: " ").map(String.init))
    }
    let text = (problems?.list ?? []).map(\.description).joined(separator: "\n")
    #expect(text.contains(message))
  }
}
