import Files
import FlowTesting
import Testing

@testable import Encode

@Suite struct MetadataTableTests {
  let folder: TemporaryDirectory
  let table: String

  init() throws {
    folder = try TemporaryDirectory()
    let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    table = try Path.readText("/\(tests)/Fixtures/encode/metadata.tsv")
  }

  func lock(_ text: String, _ given: [String: JSON] = [:]) throws -> OperationHost {
    let portal = try RecordedPortal()
    let host = try portal.lock(given)
    return try OperationHost(
      parameters: host.parameters, inputs: ["metadata": [try folder.write("metadata.tsv", text)]],
      directory: folder.at("lock"))
  }

  @Test func aTableOfThePortalIsLockedWithoutAskingIt() throws {
    let host = try lock(table, ["status": ["released"]])
    try host.run("lock", of: Encode.entry)
    let lock = try LockFile.read(host.output("lock"))
    #expect(lock.entries.count == 2 && lock.entries.allSatisfy { $0.status == "released" })
    let report = try Path.readText(host.output("report"))
    #expect(report.contains("ENCFF000TEF is archived\n"))
    let downloads = try DownloadList(host.output("lock"), allowsUnverified: false).read().downloads
    #expect(downloads.allSatisfy { $0.md5 != nil && $0.bytes != nil })
  }

  @Test func cellsThatAreSetsAreSorted() throws {
    let lines = table.split(separator: "\n").map(String.init)
    let header = lines[0].split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    func row(_ replicates: String, _ controls: String) throws -> String {
      var fields = lines[1].split(separator: "\t", omittingEmptySubsequences: false).map(
        String.init)
      fields[try #require(header.firstIndex(of: "Biological replicate(s)"))] = replicates
      fields[try #require(header.firstIndex(of: "Controlled by"))] = controls
      return fields.joined(separator: "\t")
    }
    func text(_ row: String) throws -> String {
      let host = try lock("\(lines[0])\n\(row)\n")
      try host.run("lock", of: Encode.entry)
      return try Path.readText(host.output("lock"))
    }
    let one = try text(row("10, 2", "/files/ENCFF002BBB/, /files/ENCFF001AAA/"))
    let other = try text(row("2, 10", "/files/ENCFF001AAA/, /files/ENCFF002BBB/"))
    #expect(one == other && one.contains("\t2 10\t") && one.contains("ENCFF001AAA ENCFF002BBB"))
  }

  @Test func faultsAreToldWithTheirPlace() throws {
    let noHeader = try lock("a\tb\n").failure("lock", of: Encode.entry)?.description ?? ""
    #expect(noHeader.contains("metadata.tsv:1: no column 'File accession'"), "told: \(noHeader)")
    let noURL = try lock("File accession\tFile download URL\nENCFF000TEF\tx\n")
    let told = noURL.failure("lock", of: Encode.entry)?.description ?? ""
    #expect(told.contains("metadata.tsv:2: 'x' is no address of a file"), "told: \(told)")
    let both = try lock(table, ["target": ["CTCF"]]).failure("lock", of: Encode.entry)
    #expect(both?.description.contains("not both") == true)
  }
}
