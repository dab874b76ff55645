import Files
import FlowTesting
import Testing

@testable import Encode

@Suite struct LockFileTests {
  func read(_ text: String) throws -> LockFile {
    let folder = try TemporaryDirectory()
    return try LockFile.read(try folder.write("encode.lock", text))
  }

  @Test func aLockReadsBackAsTheSame() throws {
    var entry = LockEntry()
    entry[.accession] = "ENCFF000AAA"
    entry[.name] = "a.bed"
    entry[.url] = "https://h.org/a.bed"
    entry[.biosample] = "tab\there, line\nthere"
    let lock = LockFile(
      facts: [("portal", "https://h.org"), ("query", "a=b: c")], entries: [entry])
    let same = try read(lock.text)
    #expect(same == lock && same.fact("query") == "a=b: c")
    #expect(same.entries[0][.biosample] == "tab here, line there")
  }

  @Test(arguments: [
    ("accession\turl\tname\n", "encode.lock:1: it is no lock"),
    ("# flow.encode.lock/1\nurl\tname\n", "encode.lock:2: no column 'accession'"),
    ("# flow.encode.lock/1\n# a: b\n", "no table follows"),
    (
      "# flow.encode.lock/1\naccession\turl\tname\nA\tb\n",
      "encode.lock:3: 2 fields, but the header has 3"
    ),
    (
      "# flow.encode.lock/1\naccession\turl\tname\nA\tb\t../c\n",
      "encode.lock:3: its accession or name"
    ),
    (
      "# flow.encode.lock/1\naccession\turl\tname\nA\tb\tc\nA\tb\tc\n",
      "encode.lock:4: A stands in line 3"
    ),
  ])
  func faultsAreToldWithTheirPlace(_ text: String, _ expected: String) {
    let told = message { _ = try read(text) }
    #expect(told.contains(expected), "told: \(told)")
  }
}
