import Testing

@testable import FlowProvenance

@Suite struct TextTests {
  @Test(arguments: [
    ("plain-1.0_~", "plain-1.0_~"), ("a b", "a%20b"), ("100%", "100%25"),
    ("x#?:&=", "x%23%3F%3A%26%3D"),
    ("a\nb\u{202E}", "a%0Ab%E2%80%AE"), ("ä", "%C3%A4"), ("'\"<>\\", "%27%22%3C%3E%5C"),
  ])
  func namesArePercentEncoded(_ name: String, _ encoded: String) {
    #expect(URI.segment(name) == encoded)
    #expect(URI.path("d/\(name)") == "d/\(encoded)")
    #expect(URI.segment("a/b") == "a%2Fb")
  }

  @Test func momentsAreUTC() {
    #expect(Instant.iso8601(1_769_869_501.25) == "2026-01-31T14:25:01.250+00:00")
    #expect(Instant.trace(1_769_869_501.25) == "2026-01-31 14:25:01.250")
    #expect(Instant.iso8601(0) == "1970-01-01T00:00:00.000+00:00")
    #expect(Instant.iso8601(-0.25) == "1969-12-31T23:59:59.750+00:00")
    #expect(Instant.iso8601(.infinity) == "1970-01-01T00:00:00.000+00:00")
    #expect(Instant.iso8601(1e300).hasPrefix("9999-12-31T"))
  }

  @Test func partiesAreNamesWithAddresses() {
    #expect(Statements.Party("Ada Lovelace")?.name == "Ada Lovelace")
    let ada = Statements.Party("Ada Lovelace <https://orcid.org/0000-0002-1825-0097>")
    #expect(ada?.name == "Ada Lovelace")
    #expect(ada?.uri == "https://orcid.org/0000-0002-1825-0097")
    for text in [
      "", "  ", "<https://example.org>", "A <mailto:a@b>", "A <https://>", "A <https://x y>",
    ] {
      #expect(Statements.Party(text) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    ("Apache-2.0", "https://spdx.org/licenses/Apache-2.0"),
    ("https://example.org/terms", "https://example.org/terms"),
    ("Ask us first.", nil), ("", nil),
  ])
  func licencesAreAddressesWhereTheyCanBe(_ licence: String, _ uri: String?) {
    #expect(Statements(licence: licence).licenceURI == uri)
  }

  @Test func namesInACrateAreTakenOnce() {
    var names = CrateNames()
    #expect(names.path("reads.fa.gz", in: "inputs") == "inputs/reads.fa.gz")
    #expect(names.path("Reads.fa.gz", in: "inputs") == "inputs/Reads-2.fa.gz")
    #expect(names.path("reads.fa.gz", in: "inputs") == "inputs/reads-3.fa.gz")
    #expect(names.path("reads.fa.gz", in: "outputs") == "outputs/reads.fa.gz")
    #expect(names.path("README.md", in: "") == "README-2.md")
    #expect(names.path("ro-crate-metadata.json", in: "") == "ro-crate-metadata-2.json")
    #expect(names.path(".hidden", in: "") == ".hidden")
    #expect(names.path("..", in: "inputs") == "inputs/file")
    #expect(CrateNames.directory(forStep: "a[x=1/2, y=\n]") == "a_x=1_2,_y=__")
    #expect(CrateNames.directory(forStep: "..") == "_.")
  }

  @Test func whatMultiQCShowsIsNoMarkup() {
    #expect(
      MultiQCSections.text("<b onclick='x'>&\u{1B}[2J")
        == "&lt;b onclick=&#39;x&#39;&gt;&amp;␛[2J")
  }
}
