import Files
import FlowPlugin
import FlowTesting
import LoopbackPortal
import Testing

@testable import Encode

@Suite struct SearchTests {
  @Test func experimentsComeAsATableWithTheirFacets() throws {
    let portal = try RecordedPortal()
    let host = try portal.search(["assay": ["CRISPR RNA-seq"], "organism": []])
    try host.run("search", of: Encode.entry)
    #expect(
      try Path.readText(host.output("results")) == """
        accession\tassay\ttarget\tbiosample\tassembly\tlab\tdate\tstatus\tfiles
        ENCSR416YFB\tCRISPR RNA-seq\tSAFB\tHepG2\tGRCh38\tBrenton Graveley, UConn\t\tsubmitted\t22

        """)
    let facets = try Path.readText(host.output("facets"))
    #expect(facets.contains("target.label\tTarget of assay\tSAFB\t1\n"))
    let table = try Path.readText(host.output("table"))
    #expect(
      table.hasPrefix(
        "1 result of type Experiment for type=Experiment&assay_title=CRISPR RNA-seq\n"))
    let json = try JSON.read(host.output("json"))
    #expect(json["results"]?.array?.first?["biosample"] == "HepG2" && json["total"] == 1)
  }

  @Test func onlyTheShownFieldsAreAskedFor() throws {
    let portal = try RecordedPortal()
    try portal.search(["query": "type=File"]).run("search", of: Encode.entry)
    let asked = portal.server.exchanges.map(\.request)
    #expect(asked.count == 1)
    #expect(asked[0].query.hasPrefix("type=File&field=accession&field=file_type&"))
    #expect(asked[0].query.hasSuffix("&limit=all&format=json"))
    #expect(asked[0].header("accept") == "application/json")
  }

  @Test func namesAreTheFieldsOfTheType() throws {
    let portal = try RecordedPortal()
    let host = try portal.search([
      "type": "File", "file_format": ["bigWig", "bam"], "output_type": ["alignments"],
      "assembly": ["GRCh38"], "limit": 1,
    ])
    try host.run("search", of: Encode.entry)
    #expect(
      host.records["query"]
        == "type=File&assembly=GRCh38&output_type=alignments&file_format=bigWig&file_format=bam")
    let text = try Path.readText(host.output("table"))
    #expect(text.hasPrefix("2 results of type File, of which 1 were asked for, for "))
  }

  /// `released` is only for a query that says nothing of the status.
  @Test func theDefaultStatusDoesNotWidenAQuery() throws {
    let portal = try RecordedPortal()
    let silent = try portal.search(["status": ["released"]])
    try silent.run("search", of: Encode.entry)
    #expect(silent.records["query"] == "type=Experiment&status=released")
    let saying = try portal.search(["status": ["released"], "query": "status!=revoked"])
    try saying.run("search", of: Encode.entry)
    #expect(saying.records["query"] == "type=Experiment&status!=revoked")
    #expect(saying.records["total"] == 1)
  }

  @Test func aSearchThatFindsNothingIsAResultAndSaysWhy() throws {
    let portal = try RecordedPortal()
    let host = try portal.search(["assay": ["CRISPR RNAseq"]])
    try host.run("search", of: Encode.entry)
    #expect(
      try Path.readText(host.output("table")) == """
        No results for type=Experiment&assay_title=CRISPR RNAseq
        no Experiment has assay_title 'CRISPR RNAseq'; did you mean 'CRISPR RNA-seq'?

        """)
    #expect(try Path.readText(host.output("results")).split(separator: "\n").count == 1)
    #expect(try JSON.read(host.output("json"))["total"] == 0)
  }

  @Test func whatThePortalRefusesIsToldInItsWords() throws {
    let body =
      #"{"status": "error", "code": 400, "title": "Bad Request", "detail": "Invalid type: X\u001b[2J"}"#
    let server = try LoopbackPortal(route: { _ in .json(body, status: 400) })
    let host = try RecordedPortal().search(["portal": .string(server.address)])
    let failure = host.failure("search", of: Encode.entry)
    #expect(failure?.status == .invalid)
    #expect(
      failure?.description.hasSuffix(
        "the portal answers with status 400: Bad Request: Invalid type: X [2J") == true,
      "told: \(failure?.description ?? "")")
  }

  @Test(arguments: [
    ("<html>", 200, "is not the JSON of a search (line 1, column 1: expected an object)"),
    ("{\"@graph\": [", 200, "the text ends too early); it came damaged: try again"),
    ("not here", 404, "status 404"),
  ])
  func whatIsNoPortalIsTold(_ body: String, _ status: Int, _ expected: String) throws {
    let server = try LoopbackPortal(route: { _ in .json(body, status: status) })
    let host = try RecordedPortal().search(["portal": .string(server.address)])
    let told = host.failure("search", of: Encode.entry)?.description ?? ""
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test func hostileValuesStayInTheirCell() throws {
    let portal = try RecordedPortal {
      $0.change("ENCSR416YFB", ["assay_title": "a\tb\nc\u{1B}[31m\u{202E}d"])
    }
    let host = try portal.search([:])
    try host.run("search", of: Encode.entry)
    let lines = try Path.readText(host.output("results")).split(separator: "\n")
    #expect(lines.count == 2 && lines[1].hasPrefix("ENCSR416YFB\ta b c [31m d\tSAFB\t"))
  }
}
