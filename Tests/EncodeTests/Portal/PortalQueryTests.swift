import FlowPlugin
import FlowTesting
import Testing

@testable import Encode

@Suite struct PortalQueryTests {
  static let portal = "https://www.encodeproject.org"

  func query(_ text: String) throws -> PortalQuery {
    do throws(PortalQuery.Fault) {
      return try PortalQuery(text, portal: Self.portal)
    } catch { throw StepFailure(.invalid, error.reason) }
  }

  @Test(arguments: [
    "type=Experiment&assay_title=TF ChIP-seq&status!=revoked",
    "type=Experiment&assay_title=TF+ChIP-seq&status%21=revoked",
    "?type=Experiment&assay_title=TF%20ChIP-seq&status!=revoked&limit=all&format=json&frame=object",
    "/search/?type=Experiment&assay_title=TF+ChIP-seq&status!=revoked#top",
    " https://www.encodeproject.org/matrix/?type=Experiment&assay_title=TF+ChIP-seq&status!=revoked\n",
  ])
  func aQueryIsReadAsItIsSeenInABrowser(_ text: String) throws {
    let query = try query(text)
    #expect(
      query.terms == [
        .init(field: "type", value: "Experiment"),
        .init(field: "assay_title", value: "TF ChIP-seq"),
        .init(field: "status", isNegated: true, value: "revoked"),
      ])
    #expect(query.escaped == "type=Experiment&assay_title=TF%20ChIP-seq&status!=revoked")
  }

  @Test func anItemsPageIsAQueryForIt() throws {
    let query = try query("https://www.encodeproject.org/experiments/ENCSR000EMT/#files")
    #expect(query.text == "type=Experiment&accession=ENCSR000EMT")
  }

  @Test func textReadsBackAsTheSame() throws {
    let query = PortalQuery([
      .init(field: "a", value: "x&y=z%20+?#"), .init(field: "b", isNegated: true, value: "é*"),
      .init(field: "files.read_length", value: "gte:50"),
    ])
    #expect(try self.query(query.text) == query)
    #expect(try self.query(query.escaped) == query)
    #expect(query.text.hasSuffix("&b!=é*&files.read_length=gte:50"))
  }

  @Test(arguments: [
    ("type=Experiment&target", "'target' is not of the form field=value"),
    ("=x", "'=x' names no field"), ("a=%zz", "a % without two hexadecimal digits"),
    ("a=%0a", "is not plain text"), ("a=%ff", "is not plain text"),
    (
      "https://example.org/?a=b",
      "an address of example.org, but the portal is www.encodeproject.org"
    ),
    ("https://www.encodeproject.org/experiments/", "no '?' with a query"),
    ("https://www.encodeproject.org/labs/a/", "is no page of an experiment"),
  ])
  func faultsAreTold(_ text: String, _ expected: String) {
    let told = message { _ = try query(text) }
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test func aFieldThatNoItemHasIsRefusedWithTheNearest() throws {
    let mistake = try query("type=Experiment&asay_title=DNase-seq")
    let told = message { _ = try PortalFields.check(mistake) }
    #expect(told == "'asay_title' is not a known field of Experiment; did you mean 'assay_title'?")
    let type = try query("type=Experimnet")
    #expect(message { _ = try PortalFields.check(type) }.contains("did you mean 'Experiment'?"))
  }

  @Test func aDeepFieldThatIsNotKnownIsOnlyTold() throws {
    let doubtful = try query("type=File&target.lable=CTCF&target.label=MAX")
    #expect(
      try PortalFields.check(doubtful)
        == ["'target.lable' is not a known field of File; did you mean 'target.label'?"])
    #expect(try PortalFields.check(query("type=Library&anything=1")) == [])
  }
}
