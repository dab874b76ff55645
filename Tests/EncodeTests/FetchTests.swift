import Files
import Testing

@testable import Encode

/// The whole operation, on files beside their list.
@Suite struct FetchTests {
  let scratch: Scratch
  let content = Array("chr20\t0\t200\t25_Quies\n".utf8)

  init() throws { scratch = try Scratch() }

  func step(_ list: String, allowsUnverified: Bool = false) throws -> TestHost {
    try TestHost(
      parameters: [
        "retries": 0, "timeout_seconds": 5, "allow_unverified": .boolean(allowsUnverified),
        "max_parallel": 2,
      ],
      inputs: ["manifest": [scratch.file("list.tsv", Array(list.utf8))]],
      directory: "\(scratch.path)/step")
  }

  @Test func filesBesideTheListAreVerifiedAndPlaced() throws {
    _ = try scratch.file("a.bed", content)
    _ = try scratch.file("empty.bed", [])
    let list = "url\tname\tsha256\na.bed\tb.bed\t\(digest(content))\nempty.bed\t\t\(digest([]))\n"
    let host = try step(list)
    // Twice: the second attempt finds what the first one left, and must not harm it.
    try host.run(Encode.entry(nil))
    try host.run(Encode.entry(nil))
    let files = "\(scratch.path)/step/out/files"
    #expect(try Path.list(files) == ["b.bed", "empty.bed"])
    #expect(try Path.read("\(files)/b.bed") == content)
    let row = host.records["table:files"]?["rows"]?.array?.first
    #expect(
      row == [
        "b.bed", "a.bed", .integer(content.count), .string(digest(content)),
        .string(digest(content, .md5)), "sha256",
      ])
    #expect(host.records["bytes"] == .integer(content.count))
  }

  @Test func anUnverifiedFileIsTakenOnlyOnRequest() throws {
    _ = try scratch.file("a.bed", content)
    #expect(
      message { try step("url\na.bed\n").run(Encode.entry(nil)) }.contains("no sha256 and no md5"))
    let host = try step("url\na.bed\n", allowsUnverified: true)
    try host.run(Encode.entry(nil))
    #expect(host.log == ["1 file(s) could not be verified: the list has no digest for them"])
    #expect(host.records["table:files"]?["rows"]?.array?[0].array?.last == "nothing")
  }

  @Test func itStopsOnRequest() throws {
    _ = try scratch.file("a.bed", content)
    let host = try step("url\tsha256\na.bed\t\(digest(content))\n")
    host.isCancelled = true
    #expect(message { try host.run(Encode.entry(nil)) } == "stopped on request")
    #expect(!Path.exists("\(scratch.path)/step/out/files"))
  }
}
