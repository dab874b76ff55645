import Files
import Testing

@testable import FlowCore
@testable import FlowReport

@Suite("The page of a run")
struct ReportTests {
  @Test("A run without steps is a page")
  func empty() {
    let page = Sample.page([])
    #expect(page.contains("no steps"))
    #expect(page.contains("No step has begun"))
    #expect(page.hasSuffix("</html>\n"))
  }

  @Test("Failures come first, with message, end of log and what to type")
  func failed() throws {
    var step = Sample.step(
      "pretrain[states=true]", status: .failed, message: "corpus/states: not a file")
    step.logTail = "loading corpus\n"
    let page = Sample.page([Sample.step("corpus"), step], .failed)
    let failures = try #require(page.firstRange(of: "id=\"failures\""))
    let graph = try #require(page.firstRange(of: "id=\"graph\""))
    #expect(failures.lowerBound < graph.lowerBound)
    #expect(page.contains("corpus/states: not a file"))
    #expect(page.contains("<pre>loading corpus\n</pre>"))
    #expect(
      page.contains("flow log 20260131-142501-3f9a --step &#39;pretrain[states=true]&#39;"))
    // In the table of steps, too.
    let table = try #require(page.firstRange(of: "<section id=\"steps\""))
    let rows = page[table.lowerBound...]
    let broken = try #require(rows.firstRange(of: "<tr><td>pretrain[states=true]"))
    let good = try #require(rows.firstRange(of: "<tr><td>corpus"))
    #expect(broken.lowerBound < good.lowerBound)
  }

  @Test("A run that went well has no section of failures")
  func good() {
    #expect(!Sample.page([Sample.step("corpus")]).contains("id=\"failures\""))
  }

  @Test("Hostile text from anywhere stays text")
  func hostile() {
    let evil = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
    var step = Sample.step(
      evil, step: evil, operation: evil, status: .failed, needs: [evil], message: evil)
    step.logTail = evil
    step.parameters = [(evil, .string(evil))]
    step.inputs = [ArtifactRecord(name: evil, path: evil, sha256: evil, kind: evil, bytes: 1)]
    step.outputs = step.inputs
    step.metrics = [("\(evil)/\(evil)", Sample.series([(0, 1), (1, 2)]))]
    step.records = [
      (evil, .string(evil)),
      (
        "table:t",
        [
          "title": .string(evil), "columns": [.string(evil)], "rows": [[.string(evil)]],
          "show": true,
        ]
      ),
      (
        "chart:c",
        [
          "title": .string(evil),
          "series": [["name": .string(evil), "points": [[0, 1], [1, 2]]]],
        ]
      ),
    ]
    step.record.plugin?.name = evil
    var run = Sample.run(.failed, workflow: evil)
    run.file = evil
    run.host = evil
    run.parameters = .object([evil: .string(evil)])
    let page = Report.page(
      RunContents(run: run, source: evil, steps: [step], published: [(evil, evil)])
    ).text
    #expect(!page.contains("<script"))
    #expect(!page.contains("<img"))
    #expect(page.contains("&lt;script&gt;"))
  }

  @Test("The page asks for nothing: no script, no link, no image, and a policy that forbids them")
  func selfContained() {
    let page = Sample.page([Sample.step("corpus")])
    #expect(page.contains("default-src 'none'; style-src 'unsafe-inline'"))
    for word in ["<script", "<link", "<img", "<iframe", "@import", "url(http", "src="] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test("Tables of one title and the same columns are put together, those to be shown unfolded")
  func tables() {
    func scored(_ name: String, _ value: Double) -> StepContents {
      var step = Sample.step(name, operation: "finetune/evaluate")
      step.records = [
        (
          "table:scores",
          [
            "title": "Scores", "columns": ["factor", "auPRC"], "rows": [["SPI1", .number(value)]],
            "show": true, "note": "Higher is better.",
          ]
        )
      ]
      return step
    }
    let steps = [scored("with", 0.41), scored("without", 0.32)]
    let tables = ResultTables.joined(steps)
    #expect(tables.count == 1)
    #expect(tables[0].rows.map(\.step) == ["with", "without"])
    #expect(tables[0].notes == ["Higher is better."])
    let page = Sample.page(steps)
    #expect(page.contains("<td>SPI1</td><td class=\"number\">0.4100</td>"))
  }

  @Test("A malformed table is a plain fact, shown as its JSON")
  func malformedTable() {
    var step = Sample.step("a")
    step.records = [("table:x", ["columns": "none"]), ("reads", 12)]
    #expect(step.tables.isEmpty)
    #expect(Sample.page([step]).contains("<code>reads</code>"))
  }

  @Test("A run of 5,000 steps with charts, tables and long messages stays below 2 MB")
  func size() {
    let long = String(repeating: "a long message ", count: 200)
    let steps = (0..<5000).map { index -> StepContents in
      var step = Sample.step(
        "train[fold=\(index)]", id: index, step: "train",
        status: index % 7 == 0 ? .failed : .done, message: long)
      step.logTail = long
      step.parameters = (0..<30).map { ("parameter\($0)", .string(String(long.prefix(80)))) }
      step.inputs = (0..<5).map {
        ArtifactRecord(
          name: "input\($0)", path: "/data/in\(index)-\($0)", sha256: "\(index)", kind: "file",
          bytes: 5)
      }
      if index < 200 {
        step.metrics = ["loss/train", "loss/validation", "rate", "norm"].map { name in
          (name, Sample.series((0..<2000).map { ($0, Double($0 * 7919 % 1000) / 7) }))
        }
      }
      step.records = [
        (
          "table:t",
          [
            "title": "T", "columns": ["a", "b"], "show": true,
            "rows": [[.string(String(long.prefix(60))), 2]],
          ]
        )
      ]
      return step
    }
    let page = Sample.page(steps, .failed)
    #expect(page.utf8.count < 2_000_000, "\(page.utf8.count) bytes")
  }
}
