import Files
import FlowCore
import FlowTesting
import Testing

@testable import FlowInterop

@Suite("A workflow as a Nextflow pipeline")
struct NextflowTests {
  private let example: Example

  init() throws { example = try Example() }

  private func export(_ text: String? = nil) throws -> [String: String] {
    _ = try NextflowExport.write(example.plan(text), to: example.directory.at("pipeline"))
    return try Example.files(in: example.directory.at("pipeline"))
  }

  private func main(_ text: String? = nil) throws -> String {
    try #require(try export(text)["main.nf"])
  }

  @Test("The pipeline of the example is the one of the fixture")
  func snapshot() throws {
    let paths = try NextflowExport.write(example.plan(), to: example.directory.at("pipeline"))
    #expect(paths.allSatisfy { Path.exists($0) })
    #expect(try Example.differences(example.directory.at("pipeline"), from: "nextflow") == [])
  }

  @Test("The same plan gives the same bytes")
  func stable() throws {
    #expect(try export() == export())
  }

  @Test("An operation has one module, a task a call with a name of its own")
  func calls() throws {
    let files = try export()
    let modules = files.keys.filter { $0.hasSuffix("/main.nf") }.sorted()
    #expect(
      modules == [
        "modules/local/example/compare/main.nf", "modules/local/example/make-set/main.nf",
        "modules/local/example/train/main.nf",
      ])
    let main = try #require(files["main.nf"])
    #expect(
      main.contains(
        "include { EXAMPLE_TRAIN as TRAIN_SEED_1 } from './modules/local/example/train/main.nf'"))
    #expect(main.contains("    TRAIN_SEED_2(\n        [id: 'train[seed=2]'],\n"))
  }

  @Test("Instances are gathered in their order, files and outputs in the order of the workflow")
  func gathering() throws {
    let main = try main()
    #expect(
      main.contains(
        "channel.empty().concat(TRAIN_SEED_1.out.model, TRAIN_SEED_2.out.model).collect()"))
    #expect(
      main.contains(
        "channel.empty().concat(channel.of(file(\"${projectDir}/../workflow/\" + 'data/a.bed', glob: false)), SET.out.summary).collect()"
      ))
  }

  @Test("Parameters of the workflow can be set, what foreach unrolls cannot")
  func parameters() throws {
    let main = try main()
    #expect(main.contains("    rate: Float = 0.001\n"))
    #expect(main.contains("    factor: String = 'it\\'s \"MAX\" $HOME'\n"))
    #expect(main.contains("    cells: String = '[\"GM12878\",\"K562\"]'\n"))
    #expect(main.contains("    genome: Path = \"${projectDir}/../workflow/data/genome.fa\"\n"))
    #expect(!main.contains("seeds:"))
    #expect(
      main.contains("['prefix': 'p-' + params.factor, 'names': params.cells, 'pieces': 7]"))
    #expect(main.contains("['seed': 2, 'rate': params.rate, 'use_states': false]"))
  }

  @Test("A file inside an output is found there when the task is done")
  func subpath() throws {
    #expect(
      try main().contains(
        "SET.out.files.map { directory -> directory.resolve('' + params.factor + '-' + '2' + '.bed') }"
      ))
  }

  @Test("An optional input that is not given is an empty list")
  func optional() throws {
    let main = try main()
    let call = try #require(main.firstRange(of: "    TRAIN_SEED_1(\n"))
    let arguments = main[call.upperBound...].prefix { $0 != ")" }
    #expect(arguments.contains("SET.out.files,\n        [],\n"))
  }

  @Test("Resources of a step hold for all its instances; bytes are bytes")
  func resources() throws {
    let config = try #require(try export()["nextflow.config"])
    #expect(
      config.contains(
        """
            withName: 'SET' {
                cpus = 4
                memory = '2000000000 B'
                time = '5400s'
            }
            withName: 'TRAIN_SEED_1|TRAIN_SEED_2' {
                memory = '1 GB'
            }

        """))
  }

  @Test("Nothing of the old syntax is used")
  func strict() throws {
    for (path, text) in try export() where path.hasSuffix(".nf") {
      for word in ["addParams", "import ", "while (", "for (", "{ it", "Channel.", "publishDir"] {
        #expect(!text.contains(word), "\(word) in \(path)")
      }
    }
  }

  @Test("Steps whose names differ only in signs have different calls")
  func names() throws {
    let main = try main(
      """
      flow: 1
      name: names
      steps:
        a-b: {use: example/version}
        a_b: {use: example/version}
        A_B: {use: example/version}
      """)
    #expect(main.contains("EXAMPLE_VERSION as A_B }"))
    #expect(main.contains("EXAMPLE_VERSION as A_B_2 }"))
    #expect(main.contains("EXAMPLE_VERSION as A_B_3 }"))
  }

  @Test("A plan of more tasks than a script can hold is refused, with the reason")
  func tooMany() throws {
    let seeds = (0...400).map(String.init).joined(separator: ",")
    let plan = try example.plan(
      """
      flow: 1
      name: many
      steps:
        set: {use: example/make-set, inputs: {source: data/genome.fa}, with: {prefix: x}}
        train:
          use: example/train
          foreach: {seed: [\(seeds)]}
          inputs: {set: $steps.set.files}
          with: {seed: $each.seed}
      """)
    #expect(throws: Diagnostic.self) {
      try NextflowExport.write(plan, to: example.directory.at("pipeline"))
    }
  }
}

@Suite("Groovy literals")
struct GroovyTests {
  @Test(
    "Text is a literal on one line that interpolates nothing",
    arguments: [
      ("plain", "'plain'"), ("it's", "'it\\'s'"), ("${params.x}", "'${params.x}'"),
      ("a\\b", "'a\\\\b'"), ("a\nb\tc", "'a\\nb\\tc'"), ("\u{7}", "'\\u0007'"),
    ])
  func quoted(text: String, literal: String) {
    #expect(Groovy.quote(text) == literal)
  }

  @Test("Text between double quotes does not begin an interpolation")
  func double() {
    #expect(Groovy.escapeDouble("$x ${y} \"z\" \\") == "\\$x \\${y} \\\"z\\\" \\\\")
  }

  @Test("Values keep their types")
  func values() {
    #expect(Groovy.literal([1, 2.5, "x", true, .null]) == "[1, 2.5, 'x', true, null]")
    #expect(Groovy.literal(["b": 1, "a'": []]) == "['a\\'': [], 'b': 1]")
  }

  @Test("A comment stays a comment")
  func comment() {
    #expect(Groovy.comment("a\nb\r\nc\u{2028}d") == "a b c d")
  }
}

@Suite("Names in other languages")
struct IdentifierTests {
  @Test("Are legal and unique")
  func unique() {
    var names = Identifiers(reserved: ["task"])
    #expect(names.make("bin-size") == "bin_size")
    #expect(names.make("bin_size") == "bin_size_2")
    #expect(names.make("task") == "task_2")
    #expect(names.make("3'utr") == "x3_utr")
    #expect(names.make("[") == "x")
    #expect(names.make("") == "x_2")
    #expect(names.make("train[seed=1]", uppercased: true) == "TRAIN_SEED_1")
  }
}

@Suite("Relative paths")
struct RelativePathTests {
  @Test("Lead from a directory to a file, through links of directories")
  func relative() throws {
    let directory = try TemporaryDirectory()
    try directory.write("a/b/file", "")
    try directory.write("c/d/other", "")
    #expect(
      try RelativePath.from(directory.at("c/d"), to: directory.at("a/b/file")) == "../../a/b/file")
    #expect(try RelativePath.from(directory.at("a"), to: directory.at("a/b/file")) == "b/file")
    #expect(try RelativePath.from(directory.at("a/b"), to: directory.at("a")) == "..")
    #expect(try RelativePath.from(directory.at("a"), to: directory.at("a")) == ".")
  }
}
