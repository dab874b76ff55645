import Files
import FlowTesting
import Glibc
import Testing

/// Texts from elsewhere that are built to fill the memory, to take for ever or to run code: refused in words.
@Suite struct HostileInputTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  struct Bomb: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String
    let message: String
    var testDescription: String { name }
  }

  /// Small files that grow, or are as large as is allowed.
  static let bombs: [Bomb] = {
    func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }
    let laughs = (1...9).map { "a\($0): &a\($0) [\(times(9, "*a\($0 - 1),"))]" }.joined(
      separator: "\n")
    return [
      Bomb(
        name: "a billion laughs", text: "a0: &a0 [lol]\n\(laughs)\n",
        message: "anchors are not allowed"),
      Bomb(name: "an alias as a key", text: "*a : b", message: "aliases are not allowed"),
      Bomb(
        name: "merge keys", text: "a: &a {b: 1}\nc: {<<: *a}\n", message: "anchors are not allowed"),
      Bomb(
        name: "a tag", text: "flow: !!python/object/apply:os.system [x]\n",
        message: "tags are not allowed"),
      Bomb(
        name: "nested lists", text: times(500_000, "["), message: "nested deeper than 32 levels"),
      Bomb(
        name: "nested mappings", text: times(200_000, "{a: "),
        message: "nested deeper than 32 levels"),
      Bomb(
        name: "nested blocks", text: (0..<1000).map { times($0, " ") + "a:\n" }.joined(),
        message: "nested deeper than 32 levels"),
      Bomb(
        name: "many values", text: "a: [\(times(500_000, "1,"))]",
        message: "more than 100000 values"),
      Bomb(
        name: "many keys", text: (0..<60_000).map { "k\($0): 1\n" }.joined(),
        message: "more than 100000 values"),
      Bomb(name: "a key twice", text: "name: a\nname: b\n", message: "stands here twice"),
      Bomb(
        name: "a document twice", text: times(1000, "---\na: 1\n"), message: "only one document"),
      Bomb(
        name: "too large", text: times(1 << 20, "#") + "\n",
        message: "larger than the 1048576 bytes"),
      Bomb(name: "open quotes", text: times(1_000_001, "'"), message: "not valid YAML"),
      Bomb(name: "NUL", text: "name: \"a\\0b\"\n", message: "NUL characters are not allowed"),
      Bomb(name: "half a pair", text: #"{"name": "\ud800"}"#, message: "not valid YAML"),
      Bomb(name: "a list as a key", text: "? [a, b]\n: c\n", message: "a key must be a plain word"),
      Bomb(name: "empty", text: "", message: "the file is empty"),
    ]
  }()

  /// In an address space that a well-behaved reader does not leave.
  private func flow(_ arguments: String...) throws -> CommandResult {
    try RunningCommand(
      "/bin/bash",
      ["-c", "ulimit -v 1000000; exec \"$@\"", "bash", "\(Built.directory)/flow"] + arguments,
      in: work.path
    ).wait()
  }

  @Test(arguments: bombs)
  func aWorkflowIsRefused(_ bomb: Bomb) throws {
    try work.write("workflow.yaml", bomb.text)
    let result = try flow("check", "workflow.yaml")
    #expect([1, 2].contains(result.status))
    #expect(result.errors.contains(bomb.message), "\(result.errors.prefix(500))")
  }

  @Test(arguments: bombs)
  func aFileOfParametersIsRefused(_ bomb: Bomb) throws {
    try work.write(
      "workflow.yaml", "flow: 1\nname: x\nsteps: {it: {outputs: {o: o}, shell: echo > \"$o\"}}\n")
    try work.write("params.yaml", bomb.text)
    let result = try flow("check", "workflow.yaml", "--params-file", "params.yaml")
    #expect([1, 2].contains(result.status))
    #expect(result.errors.contains(bomb.message), "\(result.errors.prefix(500))")
  }

  @Test(arguments: bombs)
  func aManifestIsPassedOverWithAWarning(_ bomb: Bomb) throws {
    try work.write("plugins/x.yaml", bomb.text)
    let result = try flow("plugin", "list", "--plugin-dir", "plugins")
    #expect(result.status == 0)
    #expect(result.errors.contains(bomb.message), "\(result.errors.prefix(500))")
    #expect(result.output.contains("tokenize/corpus"), "the others are there")
  }

  @Test(arguments: ["/dev/zero", "fifo", ".", "/proc/self/mem"])
  func whatIsNoFileIsNotWaitedFor(_ path: String) throws {
    #expect(mkfifo(work.at("fifo"), 0o600) == 0)
    try work.write("workflow.yaml", "flow: 1\nname: x\nsteps: {it: {outputs: {o: o}, shell: x}}\n")
    #expect(try flow("check", path).status != 0)
    #expect(try flow("check", "workflow.yaml", "--params-file", path).status != 0)
    #expect(try flow("run", "workflow.yaml", "--secrets-file", path).status != 0)
    #expect(try flow("plugin", "lock", "-o", path).status != 0)
  }

  @Test(arguments: [
    ("name\na\u{0}b\n", "NUL"), ("name\n\"abc\n", "the quotes that begin here have no end"),
    ((0..<2000).map { "c\($0)" }.joined(separator: ","), "more than 1000 columns"),
    ("name\n" + String(repeating: "x\n", count: 100_001), "more than 100,000 rows"),
    ("", "the table is empty"),
  ])
  func aTableIsRefused(_ table: String, _ message: String) throws {
    try work.write("table.csv", table)
    try work.write(
      "workflow.yaml",
      "flow: 1\nname: x\nsteps: {it: {foreach: {r: {table: table.csv}}, with: {n: $each.r.name}, outputs: {o: o}, shell: echo > \"$o\"}}\n"
    )
    let result = try flow("check", "workflow.yaml")
    #expect(result.status == 2)
    #expect(result.errors.contains(message), "\(result.errors.prefix(500))")
  }
}
