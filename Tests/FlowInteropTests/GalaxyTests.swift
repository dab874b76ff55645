import Files
import FlowCore
import FlowTesting
import Testing

@testable import FlowInterop

@Suite("Operations as Galaxy tools")
struct GalaxyTests {
  private let example: Example

  init() throws { example = try Example() }

  private func tool(_ operation: String) throws -> String {
    let (plugin, operation) = try example.registry.operation("example/\(operation)")
    return GalaxyTool(plugin: plugin.manifest, operation: operation).xml
  }

  @Test("The tools of the example are those of the fixture")
  func snapshot() throws {
    let paths = try GalaxyExport.write([], of: example.registry, to: example.directory.at("tools"))
    #expect(paths.count == 5)
    #expect(paths.allSatisfy { Path.exists($0) })
    #expect(try Example.differences(example.directory.at("tools"), from: "galaxy") == [])
  }

  @Test("A plugin, or single operations of it, can be chosen")
  func choice() throws {
    let one = try GalaxyExport.write(
      ["example/train"], of: example.registry, to: example.directory.at("one"))
    #expect(one.map(Path.name) == ["example_train.xml", "invalid.txt"])
    let all = try GalaxyExport.write(
      ["example"], of: example.registry, to: example.directory.at("all"))
    #expect(all.count == 5)
    #expect(throws: Diagnostic.self) {
      try GalaxyExport.write(["exampel"], of: example.registry, to: example.directory.at("x"))
    }
    #expect(throws: Diagnostic.self) {
      try GalaxyExport.write(["example/tran"], of: example.registry, to: example.directory.at("x"))
    }
  }

  @Test("Every value stands in single quotes in the command")
  func quotes() throws {
    for operation in ["make-set", "train", "compare", "version"] {
      let text = try tool(operation)
      let start = try #require(text.firstRange(of: "<![CDATA["))
      let end = try #require(text.firstRange(of: "]]></command>"))
      for line in text[start.upperBound..<end.lowerBound].split(separator: "\n") {
        let line = line.drop { $0 == " " }
        guard !line.hasPrefix("#"), !line.contains("GALAXY_SLOTS") else { continue }
        // Outside of single quotes there is no dollar.
        let outside = line.split(separator: "'", omittingEmptySubsequences: false).enumerated()
          .filter { $0.offset % 2 == 0 }.map(\.element).joined()
        #expect(!outside.contains("$"), "\(line)")
      }
    }
  }

  @Test("A text's single quotes are replaced on the way; other characters are refused, not dropped")
  func sanitizer() throws {
    let text = try tool("make-set")
    #expect(text.contains("<add source=\"&apos;\" target=\"&apos;&quot;&apos;&quot;&apos;\"/>"))
    #expect(text.contains(">^[ -~]*$</validator>"))
    #expect(text.contains("<validator type=\"empty_field\"/>"))
  }

  @Test("Types, bounds, choices and defaults are those of the manifest")
  func parameters() throws {
    let train = try tool("train")
    #expect(
      train.contains(
        "<param name=\"rate\" type=\"float\" value=\"0.0004\" min=\"0\" label=\"Rate\" help=\"Learning rate. Unit: per step.\"/>"
      ))
    #expect(train.contains("<option value=\"fast\" selected=\"true\">fast</option>"))
    #expect(train.contains("<option value=\"it's slow\">it's slow</option>"))
    #expect(
      train.contains(
        "<param name=\"use_states\" type=\"boolean\" truevalue=\"true\" falsevalue=\"false\" checked=\"true\""
      ))
    #expect(train.contains("<param name=\"seed\" type=\"integer\" optional=\"true\""))
    #expect(train.contains("#if str($seed) not in ('', 'None')\n"))
    let set = try tool("make-set")
    #expect(set.contains("type=\"integer\" value=\"4\" min=\"1\" max=\"100\""))
    #expect(set.contains("type=\"text\" value=\"a,b\""))
  }

  @Test("A model goes in and a model comes out, under different names")
  func names() throws {
    let text = try tool("train")
    #expect(text.contains("<param name=\"model\" type=\"data\" format=\"tar\" optional=\"true\""))
    #expect(text.contains("<data name=\"model_output\" format=\"tar\""))
    #expect(text.contains("-C 'outputs/model' -cf '$model_output' ."))
  }

  @Test("Help cannot end its section, labels cannot end their attribute")
  func hostileText() throws {
    let text = try tool("train")
    #expect(text.contains("Markdown with `code`, ]]]]><![CDATA[> and $dollars."))
    #expect(XML.escape("a\"b<c>&d\u{1}\n") == "a&quot;b&lt;c&gt;&amp;d\u{FFFD}&#10;")
  }

  @Test(
    "A tool without required inputs is tested with its defaults, another with a file it must refuse"
  )
  func tests() throws {
    let version = try tool("version")
    #expect(version.contains("<test expect_num_outputs=\"1\">"))
    let set = try tool("make-set")
    #expect(set.contains("<test expect_failure=\"true\">"))
    #expect(set.contains("<param name=\"source\" value=\"invalid.txt\" ftype=\"fasta\"/>"))
    #expect(set.contains("<param name=\"prefix\" value=\"x\"/>"))
    #expect(!set.contains("<param name=\"extra\" value"))
  }

  @Test(
    "The files are well-formed XML",
    .enabled(if: Path.exists("/usr/bin/python3"), "python3 is not installed"))
  func wellFormed() throws {
    let paths = try GalaxyExport.write([], of: example.registry, to: example.directory.at("tools"))
    let result = try RunningCommand(
      "/usr/bin/python3",
      ["-c", "import sys, xml.dom.minidom\nfor p in sys.argv[1:]: xml.dom.minidom.parse(p)"]
        + paths.filter { $0.hasSuffix(".xml") }, in: example.directory.path
    ).wait()
    #expect(result.status == 0, "\(result.errors)")
  }
}
