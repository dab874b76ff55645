import Files
import FlowTesting
import Glibc
import Testing

/// Paths that would lead out of where they belong: nothing outside is read, made or changed.
@Suite struct TraversalTests {
  /// Holds `outer/work`, in which everything happens, and what must stay as it is.
  let outer: TemporaryDirectory

  init() throws {
    outer = try TemporaryDirectory()
    try outer.write("secret", "secret\n")
    try outer.write("work/workflow.yaml", "")
    try outer.write("work/secret", "secret\n")
  }

  private func run(_ text: String, _ more: String...) throws -> CommandResult {
    try outer.write("work/workflow.yaml", "flow: 1\nname: paths\n\(text)\n")
    return try Built.flow(["run", "workflow.yaml"] + more, in: outer.at("work"))
  }

  /// Beside `work` nothing has come or gone, and nothing that was read stands among the results.
  private func expectNothingOutside(_ comment: Comment) throws {
    #expect(try Path.list(outer.path) == ["secret", "work"], comment)
    #expect(try outer.read("secret") == "secret\n", comment)
    let inside = Set(try Path.list(outer.at("work")))
    #expect(
      inside.isSubset(of: [".flow", "results", "secret", "workflow.yaml", "in", "plugins", "d"]),
      comment)
    if outer.exists("work/results/paths/leaked") {
      #expect(try !outer.read("work/results/paths/leaked").contains("secret"), comment)
    }
  }

  /// As YAML: names that are no bare names.
  static let paths = [
    "../x", "../../x", "..", ".", "./x", "x/..", "x/../../y", "/x", "/etc/passwd", "//x", "x/",
    "x/.",
    "x//y", "a/b", "''", ".x", ".flow", "..x/../../y", "\"x\\0y\"", "\"../x\\0\"", "~/x/../../y",
    "\"\\u002e\\u002e/x\"", "\"x/\\u002e\\u002e/y\"", "$$x/../y",
  ]

  @Test(arguments: paths)
  func outputsOfScriptsAreBareNames(_ path: String) throws {
    let result = try run("steps: {it: {outputs: {o: \(path)}, shell: echo > \"$o\"}}")
    #expect(result.status == 2, "\(result.errors)")
    try expectNothingOutside("\(path)")
  }

  @Test(arguments: paths)
  func resultsHaveBareNames(_ path: String) throws {
    let result = try run(
      "steps: {it: {outputs: {o: o}, shell: echo > \"$o\"}}\noutputs: {\(path): $steps.it.o}")
    #expect(result.status == 2, "\(result.errors)")
    try expectNothingOutside("\(path)")
  }

  /// Inside an output that is a directory; most are found before anything runs, the rest when they are needed.
  @Test(arguments: [
    "../x", "..", "d/../../secret", "./x", "/x", "a//b", "a/", "../../../../../../etc/passwd",
    "${params.up}", "${params.up}/secret", "a/${params.up}/secret", "link", "link/passwd",
    "relative",
    "loop", "fifo",
  ])
  func referencesStayInsideWhatTheyName(_ path: String) throws {
    let result = try run(
      """
      params: {up: {type: string, default: "..", help: Up.}}
      steps:
        make:
          outputs: {d: {path: d, type: directory}}
          shell: |
            mkdir "$d"; touch "$d/file"
            case "$kind" in
              link*) ln -s /etc "$d/link" ;;
              relative) ln -s ../../../../../../secret "$d/relative" ;;
              loop) ln -s . "$d/loop" ;;
              fifo) mkfifo "$d/fifo" ;;
            esac
          with: {kind: "\(path.replacing("$", with: "$$"))"}
        use: {inputs: {f: "$steps.make.d/\(path)"}, outputs: {o: o}, shell: 'cat "$f" > "$o"'}
      outputs: {leaked: $steps.use.o}
      """)
    #expect(result.status != 0, "\(result.errors)")
    #expect(!outer.exists("work/results/paths/leaked"))
    try expectNothingOutside("\(path)")
  }

  /// What a step leaves where its output should be.
  @Test(arguments: [
    "ln -s /etc/passwd \"$o\"", "ln -s ../../../../../secret \"$o\"", "ln -s nowhere \"$o\"",
    "mkfifo \"$o\"", "mkdir \"$o\"", "mkdir \"$d\"/sub; ln -s /etc \"$d\"/sub/link; echo > \"$o\"",
    "mkfifo \"$d/fifo\"; echo > \"$o\"", "echo > \"$o\"; echo > \"$o.more\"",
    "echo > \"$o\"; ln -s . \"$d/loop\"", "echo > \"$o\"; rmdir \"$d\"; ln -s / \"$d\"",
  ])
  func onlyFilesAndDirectoriesAreOutputs(_ script: String) throws {
    let result = try run(
      """
      steps:
        it:
          outputs: {o: o, d: {path: d, type: directory}}
          shell: |
            mkdir "$d"; touch "$d/file"
            \(script)
      outputs: {leaked: $steps.it.o, d: $steps.it.d}
      """)
    #expect(result.status == 1, "\(result.errors)")
    #expect(!outer.exists("work/results/paths/leaked"))
    try expectNothingOutside("\(script)")
  }

  /// A step has hard-linked a file into its output; with the sandbox it cannot.
  @Test func aHardLinkOfSomeoneElsesFileIsNotMade() throws {
    let result = try run(
      "steps: {it: {with: {at: \(outer.path)}, outputs: {o: o}, shell: 'ln \"$at/secret\" \"$o\"'}}\noutputs: {leaked: $steps.it.o}"
    )
    #expect(result.status == 1, "\(result.errors)")
    try expectNothingOutside("hard link")
  }

  /// Values that become parts of the results' names.
  @Test func valuesDoNotLeadOutOfTheResults() throws {
    let values = ["../x", "/etc/x", "..", ".", "a/../../../x", "~", "\u{0}".isEmpty ? "" : "x/"]
    try outer.write("work/in", JSON.object(["v": .array(values.map { .string($0) })]).text)
    let result = try run(
      """
      params: {v: {type: list, of: string, required: true, help: Values.}}
      steps: {it: {foreach: {v: $params.v}, outputs: {o: o}, shell: echo > "$o"}}
      outputs: {all: $steps.it.o}
      """, "--params-file", "in")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Path.list(outer.at("work/results/paths/all")).count == values.count)
    try expectNothingOutside("values")
  }

  /// Someone put a link where a result goes.
  @Test(arguments: ["out", "folder"])
  func aLinkInTheResultsIsNotFollowed(_ name: String) throws {
    try Path.createDirectory(outer.at("work/results/paths"))
    #expect(
      symlink(
        name == "out" ? "../../../secret" : "../../..", outer.at("work/results/paths/\(name)")) == 0
    )
    let result = try run(
      """
      steps:
        it:
          outputs: {o: o, d: {path: d, type: directory}}
          shell: echo new > "$o"; mkdir "$d"; echo new > "$d/secret"
      outputs: {\(name): $steps.it.\(name == "out" ? "o" : "d")}
      """)
    #expect(result.status == 2, "\(result.errors)")
    try expectNothingOutside("\(name)")
  }

  /// A record of results that someone else wrote makes nothing flow's own outside.
  @Test func aForgedRecordOfResultsLeadsNowhere() throws {
    try outer.write(
      "work/results/paths/.flow-published.json",
      #"{"../../../secret": ["x"], "/etc/passwd": ["x"], "leaked/../../../../secret": ["x"]}"#)
    let result = try run(
      "steps: {it: {outputs: {o: o}, shell: echo > \"$o\"}}\noutputs: {leaked: $steps.it.o}")
    #expect(result.status == 0, "\(result.errors)")
    try expectNothingOutside("record")
  }

  @Test(arguments: ["../libprobe.so", "/tmp/libprobe.so", "x/y.so", ".."])
  func aManifestsLibraryIsABareName(_ path: String) throws {
    try outer.write(
      "work/plugins/p.yaml",
      "flow-plugin: 1\nid: p\nversion: 1.0.0\nabi: 1\nlibrary: \(path)\nsummary: S.\noperations: {o: {summary: S.}}\n"
    )
    let result = try Built.flow(
      ["plugin", "list", "--plugin-dir", "plugins"], in: outer.at("work"))
    #expect(result.errors.contains("plugins/p.yaml"), "\(result.errors)")
    try expectNothingOutside("\(path)")
  }
}
