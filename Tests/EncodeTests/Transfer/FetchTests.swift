import Files
import FlowTesting
import Testing

@testable import Encode

/// The whole operation, on files beside their list.
@Suite struct FetchTests {
  let folder: TemporaryDirectory
  let content = Array("chr20\t0\t200\t25_Quies\n".utf8)

  init() throws { folder = try TemporaryDirectory() }

  func step(_ list: String, allowsUnverified: Bool = false) throws -> OperationHost {
    try OperationHost(
      parameters: [
        "retries": 0, "timeout_seconds": 5, "allow_unverified": .boolean(allowsUnverified),
        "max_parallel": 2, "portal": "https://www.encodeproject.org",
      ],
      inputs: ["manifest": [folder.write("list.tsv", Array(list.utf8))]],
      directory: "\(folder.path)/step")
  }

  @Test func filesBesideTheListAreVerifiedAndPlaced() throws {
    try folder.write("a.bed", content)
    try folder.write("empty.bed", [])
    let list = "url\tname\tsha256\na.bed\tb.bed\t\(digest(content))\nempty.bed\t\t\(digest([]))\n"
    let host = try step(list)
    // Twice: the second attempt finds what the first one left, and must not harm it.
    try host.run("fetch", of: Encode.entry)
    try host.run("fetch", of: Encode.entry)
    let files = "\(folder.path)/step/files"
    #expect(try Path.list(files) == ["b.bed", "empty.bed"])
    #expect(try Path.read("\(files)/b.bed") == content)
    let row = host.records["table:files"]?["rows"]?.array?.first
    #expect(
      row == [
        "b.bed", "a.bed", .integer(content.count), .string(digest(content)),
        "", "sha256",
      ])
    #expect(host.records["bytes"] == .integer(content.count))
  }

  @Test func anUnverifiedFileIsTakenOnlyOnRequest() throws {
    try folder.write("a.bed", content)
    #expect(
      message { try step("url\na.bed\n").run("fetch", of: Encode.entry) }.contains(
        "no sha256 and no md5"))
    let host = try step("url\na.bed\n", allowsUnverified: true)
    try host.run("fetch", of: Encode.entry)
    #expect(host.log == ["1 file(s) could not be verified: the list has no digest for them"])
    #expect(host.records["table:files"]?["rows"]?.array?[0].array?.last == "nothing")
  }

  @Test func itStopsOnRequest() throws {
    try folder.write("a.bed", content)
    let host = try step("url\tsha256\na.bed\t\(digest(content))\n")
    host.stopsAfter = 0
    #expect(message { try host.run("fetch", of: Encode.entry) } == "stopped on request")
    #expect(!Path.exists("\(folder.path)/step/files"))
  }
}
