import Files
import FlowCore
import FlowTesting
import Glibc
import Testing

@testable import FlowInterop

/// The scripts of exported modules, run by bash as Nextflow runs them, with a `flow` that writes down its arguments.
@Suite("The script of a Nextflow process")
struct NextflowScriptTests {
  private let example: Example
  private var directory: TemporaryDirectory { example.directory }

  init() throws {
    example = try Example()
    try example.directory.write(
      "bin/flow", "#!/bin/sh\nfor word in \"$@\"; do printf '%s\\0' \"$word\"; done > arguments\n")
    chmod(example.directory.at("bin/flow"), 0o755)
  }

  private static let hostile: [String] = {
    let pieces = [
      " ", "'", "\"", "`id`", "$(touch pwned)", "${HOME}", ";", "|", "&", "<", ">", "\\", "*", "?",
      "[a]", "~", "#", "!", "%s", "\n", "\t", "=", "-rf", "é", "\u{1F9EC}",
    ]
    var names = pieces.map { "x\($0)" }
    for first in pieces {
      for second in pieces.prefix(7) { names.append("\(first)\(second).bed") }
    }
    // A name in a directory.
    return names.prefix(200).map { $0.replacing("/", with: "_") }
  }()

  /// The text that bash gets: what Groovy makes of the module's string once its two holes are filled.
  private func script(_ operation: String, arguments: String) throws -> String {
    let (plugin, operation) = try example.registry.operation("example/\(operation)")
    let module = NextflowModule(plugin: plugin.manifest, operation: operation)
    let text = module.script
    let start = try #require(text.firstRange(of: "    script:\n"))
    let open = try #require(text[start.upperBound...].firstRange(of: "\"\"\"\n"))
    let close = try #require(text[open.upperBound...].firstRange(of: "    \"\"\""))
    return String(text[open.upperBound..<close.lowerBound])
      .replacing("\\$", with: "$").replacing("${task.cpus}", with: "3")
      .replacing("${arguments}", with: arguments)
  }

  /// Runs a script in a directory and returns what `flow` was given.
  private func given(_ script: String, in task: String) throws -> [String] {
    try directory.write("\(task)/.command.sh", script)
    let path = "\(directory.at("bin")):\(environment("PATH") ?? "/usr/bin:/bin")"
    let result = try RunningCommand(
      "/bin/bash", ["-ue", ".command.sh"], in: directory.at(task), environment: ["PATH": path]
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
    let bytes = try Path.read(directory.at("\(task)/arguments"))
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Stages files as Nextflow does for `stageAs: 'DIRECTORY/?????/*'`.
  private func stage(_ names: [String], as input: String, in task: String) throws -> [String] {
    try names.enumerated().map { index, name in
      let number = String(100_001 + index).dropFirst()
      let path = ".flow-inputs/\(input)/\(number)/\(name)"
      try directory.write("\(task)/\(path)", "")
      return path
    }
  }

  @Test("200 files with hostile names are given as they are called, in their order")
  func files() throws {
    let names = Self.hostile
    #expect(Set(names).count == 200)
    let source = try stage(["genome.fa"], as: "source", in: "task")
    let extra = try stage(names, as: "extra", in: "task")
    let arguments = try given(script("make-set", arguments: ""), in: "task")
    var expected = ["step", "run", "example/make-set", "--input", "source=\(source[0])"]
    for path in extra { expected += ["--input", "extra=\(path)"] }
    expected += ["--threads", "3", "--output-dir", "."]
    #expect(arguments == expected)
    #expect(!directory.exists("task/pwned"))
  }

  @Test("An optional input that is not there is not given; one that begins with a dot is")
  func optional() throws {
    let set = try stage([".hidden"], as: "set", in: "task")
    let arguments = try given(script("train", arguments: ""), in: "task")
    #expect(
      arguments
        == [
          "step", "run", "example/train", "--input", "set=\(set[0])", "--threads", "3",
          "--output-dir", ".",
        ])
  }

  @Test("An operation without inputs is run without any")
  func bare() throws {
    let arguments = try given(script("version", arguments: ""), in: "task")
    #expect(
      arguments == ["step", "run", "example/version", "--threads", "3", "--output-dir", "."])
  }

  @Test(
    "Parameters of hostile text arrive as they are, through Groovy and bash",
    .enabled(if: Path.exists("/usr/bin/groovy"), "groovy is not installed"))
  func parameters() throws {
    let (plugin, operation) = try example.registry.operation("example/version")
    let module = NextflowModule(plugin: plugin.manifest, operation: operation).script
    let function = try #require(module.firstRange(of: "def flow_arguments("))
    let values = Self.hostile
    let map = values.enumerated().map { "'p\($0.offset)': \(Groovy.quote($0.element))" }
    try directory.write(
      "run.groovy",
      "\(module[function.lowerBound...])\nprint(flow_arguments([\(map.joined(separator: ", ")), 'n': 4e-4, 'l': ['a,b', \"it's\"], 'b': true]))\n"
    )
    let result = try RunningCommand(
      "/usr/bin/groovy", ["-c", "UTF-8", "run.groovy"], in: directory.path,
      environment: ["JAVA_OPTS": "-Dfile.encoding=UTF-8"]
    ).wait()
    try #require(result.status == 0, "\(result.errors)")
    #expect(!result.output.contains("\n"))
    let arguments = try given(script("version", arguments: result.output), in: "task")
    var expected = ["step", "run", "example/version"]
    for (index, value) in values.enumerated() { expected += ["--param", "p\(index)=\(value)"] }
    expected += ["--param", "n=0.0004", "--param", "l=[\"a,b\",\"it's\"]", "--param", "b=true"]
    expected += ["--threads", "3", "--output-dir", "."]
    #expect(arguments == expected)
    #expect(!directory.exists("task/pwned"))
  }

  @Test("The stub makes every output")
  func stub() throws {
    let (plugin, operation) = try example.registry.operation("example/train")
    let text = NextflowModule(plugin: plugin.manifest, operation: operation).script
    let start = try #require(text.firstRange(of: "    stub:\n    \"\"\"\n"))
    let end = try #require(text[start.upperBound...].firstRange(of: "    \"\"\""))
    try directory.write("task/stub.sh", String(text[start.upperBound..<end.lowerBound]))
    let result = try RunningCommand("/bin/bash", ["-ue", "stub.sh"], in: directory.at("task"))
      .wait()
    #expect(result.status == 0)
    #expect(try Path.kind(directory.at("task/model")) == .directory)
    #expect(try Path.kind(directory.at("task/log.tsv.gz")) == .file)
  }
}
