import Files
import Testing

@testable import FlowCore

/// What steps run over: lists, rows, files, tables.
@Suite struct ForeachTests {
  let planning: PlanningDirectory

  init() throws {
    planning = try PlanningDirectory()
    for name in ["b.bed", "a.bed", ".hidden.bed", "c.txt"] {
      try planning.write("data/\(name)", "x")
    }
    try planning.write(
      "samples.csv", "sample,reads,count,control\ns2,data/b.bed,3,\ns1,data/a.bed,,file.txt\n")
  }

  @Test func filesAreSortedAndCalledByWhatTheStarStandsFor() throws {
    let plan = try planning.plan(
      """
      steps:
        a:
          foreach: {sample: {files: "data/*.bed"}}
          use: tool/take
          inputs: {file: $each.sample}
        b:
          foreach: {sample: [b]}
          use: tool/make
          inputs: {files: $steps.a.text}
          with: {text: "${each.sample}"}
        c: {use: tool/make, foreach: {sample: {files: "data/*.bed"}}, with: {text: $each.sample.name}}
      """)
    #expect(
      plan.ids == ["a[sample=a]", "a[sample=b]", "c[sample=a]", "c[sample=b]", "b[sample=b]"])
    #expect(plan.sources(of: "file", "a[sample=a]") == ["data/a.bed"])
    #expect(plan.sources(of: "files", "b[sample=b]") == ["a[sample=b].text"], "matched by name")
    #expect(plan.task("c[sample=b]")?.parameters["text"] == "b")
  }

  /// Of samples, versions and wells: a number keeps its value only.
  @Test(arguments: [
    ("r: [5, 007]", "007", "7"), ("r: [1.10]", "1.10", "1.1"), ("r: [2E10]", "2E10", "20000000000"),
    ("r: [12345678901234567890]", "12345678901234567890", "1.2345678901234567e+19"),
    ("r: [{a: 1, b: 08}]", "08", "8"), ("r: {zip: {a: [0.50], b: [2]}}", "0.50", "0.5"),
  ])
  func aNumberThatWouldLoseItsTextIsRefused(_ axis: String, _ text: String, _ number: String) {
    let problems = planning.problems(
      "steps: {a: {foreach: {\(axis)}, shell: x, outputs: {o: o}}}")
    #expect(problems.contains("\(text) is the number \(number) here"), "\(problems)")
    #expect(problems.contains("fix: write \"\(text)\" to keep it as it stands, or \(number)"))
  }

  @Test func whatIsQuotedOrANumberInAnyCaseStays() throws {
    let plan = try planning.plan(
      """
      steps: {a: {foreach: {r: ["007", 5, 0.5, 1.0, -3, 1e-3]}, shell: x, with: {id: 007, v: [1.10, 2]}, outputs: {o: o}}}
      """)
    #expect(plan.ids == ["a[r=007]", "a[r=5]", "a[r=0.5]", "a[r=1]", "a[r=-3]", "a[r=0.001]"])
    #expect(plan.tasks[0].parameters["id"] == "007", "a variable of a script has no type")
    #expect(plan.tasks[0].parameters["v"] == ["1.10", 2])
  }

  @Test func filesOfAnInputDirectoryFollowIt() throws {
    try planning.write("elsewhere/z.bed", "x")
    var settings = Planner.Settings()
    settings.inputs = ["dir": planning.directory.at("elsewhere")]
    let plan = try planning.plan(
      """
      inputs: {dir: data}
      steps:
        a:
          foreach: {f: {files: $inputs.dir/*.bed}}
          use: tool/take
          inputs: {file: $each.f}
      """, settings: settings)
    #expect(plan.ids == ["a[f=z]"])
    #expect(plan.sources(of: "file", "a[f=z]").first?.hasSuffix("elsewhere/z.bed") ?? false)
  }

  @Test func aRowOfATableIsOneValueWithColumns() throws {
    let plan = try planning.plan(
      """
      steps:
        a:
          foreach: {s: {table: samples.csv}, k: [1, 2]}
          use: tool/make
          inputs: {files: [$each.s.reads, $each.s.control]}
          with: {count: $each.s.count, text: "${each.s.sample}-${each.k}"}
      """)
    #expect(plan.ids == ["a[s=s2,k=1]", "a[s=s2,k=2]", "a[s=s1,k=1]", "a[s=s1,k=2]"])
    #expect(plan.task("a[s=s2,k=1]")?.parameters["count"] == 3, "text becomes what is wanted")
    #expect(plan.task("a[s=s1,k=1]")?.parameters["count"] == 0, "an empty cell is no value")
    #expect(plan.task("a[s=s1,k=2]")?.parameters["text"] == "s1-2")
    #expect(plan.sources(of: "files", "a[s=s1,k=1]") == ["data/a.bed", "file.txt"])
    #expect(plan.sources(of: "files", "a[s=s2,k=1]") == ["data/b.bed"], "an empty cell is no file")
  }

  @Test func rowsAndZippedListsGoTogether() throws {
    let plan = try planning.plan(
      """
      params: {seeds: {type: list, of: integer, default: [7, 8], help: Seeds.}}
      steps:
        a:
          foreach: {run: {zip: {count: [3, 3], seed: $params.seeds}}}
          use: tool/make
          with: {count: $each.run.count, number: $each.run.seed}
        b:
          foreach: {run: [{count: 3, seed: 7}, {seed: 8, count: 3}]}
          use: tool/make
          inputs: {files: $steps.a.text}
          with: {count: $each.run.count}
      """)
    // The first column is the same in both, so the second is needed to tell them apart.
    #expect(plan.ids == ["a[run=3,7]", "a[run=3,8]", "b[run=3,7]", "b[run=3,8]"])
    #expect(plan.task("a[run=3,8]")?.parameters["number"] == 8.0)
    #expect(plan.sources(of: "files", "b[run=3,8]") == ["a[run=3,8].text"])
  }

  @Test(arguments: [
    ("{files: data/a.bed}", "has no '*' or '?'"),
    ("{files: \"data/*.x\"}", "no file matches 'data/*.x'"),
    ("{files: \"*/inner.txt\", table: b}", "needs one of 'files', 'table' and 'zip'"),
    ("{fles: \"*\"}", "did you mean 'files'?"),
    ("{files: $steps.a.text}", "step 'a' needs its own output"),
    ("{table: none.csv}", "there is no file none.csv"),
    ("{zip: {a: [1], b: [1, 2]}}", "'a' has 1 values, 'b' has 2"),
    ("[{a: 1}, {b: 1}]", "the rows of 'x' have different columns"),
    ("[{a: 1}, {a: 1}]", "gives 'x' the value 1 twice"),
    ("[{a: 1}, 2]", "here a row is needed as the others are"),
    ("[]", "'foreach' needs at least one value for 'x'"),
    ("word", "'foreach' needs a list for 'x'"),
    ("$params.none", "the workflow has no parameter 'none'"),
  ])
  func mistakesAreExplained(_ values: String, _ message: String) {
    let text = planning.problems("steps: {a: {use: tool/make, foreach: {x: \(values)}}}")
    #expect(text.contains("workflow.yaml:3:"), "\(text)")
    #expect(text.contains(message), "\(text)")
  }

  @Test func filesOfOneNameAreToldApartOrRefused() throws {
    try planning.write("p/one/x.bed", "")
    try planning.write("p/two/x.bed", "")
    let text = planning.problems(
      "steps: {a: {use: tool/make, foreach: {f: {files: \"p/?*/*.bed\"}}}}")
    #expect(text == "")
    let plan = try planning.plan(
      "steps: {a: {use: tool/make, foreach: {f: {files: \"p/*/x.bed\"}}}}")
    #expect(plan.ids == ["a[f=one]", "a[f=two]"])
  }

  @Test(arguments: [
    ("$each.s.smple", "'s' has no 'smple'\n  fix: did you mean 'sample'?"),
    ("$each.k.x", "'k' is a single value and has no 'x'"),
    ("$each.f.x", "'f' has no 'x'"),
    ("$each.s", "'s' is a row, not a single value\n  fix: name a column: $each.s.sample"),
    ("$each.none.x", "there is no 'none' to run over here"),
  ])
  func aColumnMustBeThere(_ reference: String, _ message: String) {
    let text = planning.problems(
      """
      steps:
        a:
          use: tool/make
          foreach: {s: [{sample: 1}], k: [1], f: {files: "data/*.bed"}}
          with: {text: \(reference)}
      """)
    #expect(text.contains("workflow.yaml:7:18: \(message)"), "\(text)")
  }

  // MARK: Patterns

  @Test(arguments: [
    ("*.bed", "a.b.bed", ["a.b"]), ("*_*.bed", "a_b_c.bed", ["a", "b_c"]),
    ("?*", "ab", ["a", "b"]),
    ("*", "", [""]), ("a*b*c", "axxbyyc", ["xx", "yy"]), ("**", "ab", ["", "ab"]),
  ])
  func wildcardsTakeAsLittleAsTheyCan(_ pattern: String, _ name: String, _ stars: [String]) {
    #expect(FilePattern.wildcards(of: pattern, in: name) == stars)
  }

  @Test(arguments: [("*.bed", "a.be"), ("?", ""), ("?", "ab"), ("a*b", "ac"), ("abc", "abcd")])
  func whatDoesNotMatchHasNoWildcards(_ pattern: String, _ name: String) {
    #expect(FilePattern.wildcards(of: pattern, in: name) == nil)
  }

  @Test func aPatternOfManyStarsIsNoTrap() {
    let pattern = String(repeating: "*a", count: 100) + "b"
    #expect(FilePattern.wildcards(of: pattern, in: String(repeating: "a", count: 5_000)) == nil)
  }

  // MARK: Tables

  private func table(_ text: String, _ name: String = "t.csv") throws -> DelimitedTable {
    try DelimitedTable(text, file: name)
  }

  @Test func aTableIsReadAsRFC4180SaysIt() throws {
    let read = try table("\u{FEFF}a,b\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n\r\n  2 ,\r\n")
    #expect(read.columns == ["a", "b"])
    #expect(read.rows.map(\.cells) == [["1", "x, \"y\"\r\nz"], ["2", ""]])
    #expect(read.rows.map(\.line) == [2, 5])
    #expect(try table("a\tb\n1, 2\t3", "t.tsv").rows.map(\.cells) == [["1, 2", "3"]])
  }

  @Test(arguments: [
    ("", "t.csv: the table is empty"),
    ("a,b\n1\n", "t.csv:2:1: this row has 1 cells, and there are 2 columns"),
    ("a,a\n", "t.csv:1:1: two columns are called 'a'"),
    ("a b,c\n", "t.csv:1:1: the column's name 'a b' must be"),
    ("a\tb\n", "columns between tabs need the ending .tsv"),
    ("a\n\"x\n", "t.csv:2:1: the quotes that begin here have no end"),
    ("a\n\"x\"y\n", "t.csv:2:1: text follows after the quotes of a cell"),
  ])
  func aBrokenTableIsRefusedWithItsLine(_ text: String, _ message: String) throws {
    do {
      _ = try table(text)
      Issue.record("it was read")
    } catch { #expect("\(error)".contains(message), "\(error)") }
  }
}
