import Files
import FlowTesting
import Testing

/// A run as its user sees it, on a terminal and in a log.
@Suite struct TerminalTests {
  private let engine: Engine

  init() throws {
    engine = try Engine()
    try engine.workflow(
      #"""
      flow: 1
      name: seen
      steps:
        part:
          foreach: {n: [1, 2, 3], name: ["\e[2Jcleared", "データ"]}
          shell: echo "$name" > "$out"
          with: {n: $each.n, name: $each.name}
          outputs: {out: out.txt}
        broken:
          shell: |
            echo "reading the table"
            echo "cannot open table.tsv"
            exit 3
          outputs: {out: out.txt}
        # Long enough to be drawn, with the failure before it.
        slow: {shell: 'sleep 0.5; echo > "$out"', outputs: {out: out.txt}}
        after: {use: probe/write, inputs: {files: $steps.broken.out}}
      """#)
  }

  /// The run in a terminal of `columns` columns, as `script` of util-linux gives one to it.
  private func onTerminal(columns: Int, environment: [String: String] = [:]) throws -> String {
    let command =
      "stty cols \(columns) rows 12; exec '\(Built.directory)/flow' run workflow.yaml --cpus 1"
    let result = try RunningCommand(
      "/usr/bin/script", ["-qec", command, "/dev/null"], in: engine.work.path,
      environment: engine.plugin.environment.merging(["TERM": "xterm", "NO_COLOR": "1"]) {
        first, _ in first
      }.merging(environment) { _, given in given }
    ).wait()
    #expect(result.status == 1)
    return result.output
  }

  @Test func aTerminalIsRedrawnInPlace() throws {
    let output = try onTerminal(columns: 60)
    #expect(output.contains("\u{1B}[J"))
    #expect(output.contains("✕ broken"))
    #expect(output.contains("cleared"))
    #expect(!output.contains("\u{1B}[2J"), "a name is shown, not obeyed")
    #expect(!output.contains("\u{1B}[31m"), "NO_COLOR is heard")
    // Each drawn line between the marks that forbid the terminal to break lines.
    for frame in output.split(separator: "\u{1B}[?7l").dropFirst() {
      let lines = frame.split(separator: "\u{1B}[?7h").first?.split(separator: "\r\n") ?? []
      #expect(lines.count <= 11)
      #expect(lines.allSatisfy { $0.count < 60 })
    }
  }

  @Test func aTerminalThatCannotRedrawGetsPlainLines() throws {
    let output = try onTerminal(columns: 60, environment: ["TERM": "dumb"])
    #expect(!output.contains("\u{1B}"))
    #expect(output.contains("broken"))
  }

  @Test func theEndNamesWhatFailedAndWhatToDo() throws {
    let result = try engine.run("--cpus", "1")
    #expect(result.status == 1)
    #expect(!result.errors.contains("\u{1B}"))
    let words = result.output
    #expect(words.contains("failed: broken after "))
    #expect(words.contains("  │ cannot open table.tsv\n  log: .flow/steps/"))
    #expect(words.contains("7 of 9 steps run, 1 failed, 1 skipped"))
    #expect(
      words.contains("next: mend what failed and run the same command again; 7 steps are kept"))
    // What it says to type shows the failure again.
    let line = try #require(words.split(separator: "\n").first { $0.hasPrefix("  alone: ") })
    let again = try RunningCommand(
      "/bin/sh", ["-c", String(line.dropFirst("  alone: ".count))], in: engine.work.path
    ).wait()
    #expect(again.status == 3)
    #expect(again.output.contains("cannot open table.tsv"))
  }
}
