import Files
import FlowTesting
import LoopbackPortal
import Testing

/// From a search to files on the disk and the table that a pipeline begins with, by the command, from a portal on
/// loopback. The experiment and its files are the portal's record; only status, digest, size and bytes of four FASTQ files are
/// of this test.
@Suite struct PortalTests {
  let work: TemporaryDirectory
  let portal: LoopbackPortal
  /// By the file's name.
  let contents: [String: [UInt8]]

  init() throws {
    work = try TemporaryDirectory()
    let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    var items = try PortalItems(directory: "/\(tests)/Fixtures/encode/items")
    var contents: [String: [UInt8]] = [:]
    for item in items.items where item["file_format"] == "fastq" {
      guard let accession = item["accession"]?.string else { continue }
      let bytes = Array("@\(accession)\nACGT\n+\nIIII\n".utf8)
      contents["\(accession).fastq.gz"] = bytes
      let hash = StreamingHash(.md5)
      bytes.withUnsafeBytes { hash.update($0) }
      items.change(
        accession,
        [
          "md5sum": .string(hash.finish()), "file_size": .integer(bytes.count),
          "status": "released",
          "content_md5sum": .null,
        ])
    }
    self.contents = contents
    let files = contents
    portal = try LoopbackPortal(
      files: { name in files[name].map { .bytes($0) } }, route: items.route)
  }

  func flow(_ arguments: String...) throws -> CommandResult {
    try Built.flow(arguments, in: work.path)
  }

  @Test func searchLockFetchAndSamplesheetAgree() throws {
    let address = ["--portal", portal.address]
    let search = try Built.flow(
      ["encode", "search", "--assay", "CRISPR RNA-seq", "--status", "submitted"] + address,
      in: work.path)
    #expect(
      search.status == 0 && search.output.contains("ENCSR416YFB  CRISPR RNA-seq  SAFB"), "\(search)"
    )

    let lock = try Built.flow(
      [
        "encode", "lock", "--accessions", "ENCSR416YFB", "--file-format", "fastq", "--status",
        "released",
        "-o", "locked",
      ] + address, in: work.path)
    #expect(lock.status == 0 && lock.output.hasPrefix("4 files of 1 dataset, "), "\(lock)")

    let fetch = try flow("encode", "fetch", "--manifest", "locked/encode.lock", "-o", "fetched")
    #expect(fetch.status == 0, "\(fetch)")
    for (name, bytes) in contents {
      #expect(try Path.read("\(work.path)/fetched/files/\(name)") == bytes)
    }

    let sheet = try flow(
      "encode", "samplesheet", "--lock", "locked/encode.lock", "--files", "fetched/files",
      "--layout",
      "rnaseq", "-o", "sheet")
    #expect(sheet.status == 0, "\(sheet)")
    let files = try Path.real("\(work.path)/fetched/files")
    let text = try work.read("sheet/samplesheet.csv").replacing(files + "/", with: "")
    #expect(
      text == """
        sample,fastq_1,fastq_2,strandedness
        ENCSR416YFB_REP1,ENCFF168ZWJ.fastq.gz,ENCFF177PKE.fastq.gz,auto
        ENCSR416YFB_REP2,ENCFF373IOW.fastq.gz,ENCFF937QMD.fastq.gz,auto

        """)
  }

  @Test func aSearchThatFindsNothingIsNoError() throws {
    let result = try flow(
      "encode", "search", "--target", "NOBODY", "--portal", portal.address, "--json")
    #expect(result.status == 0)
    #expect(try JSON(parsing: result.output)["total"] == 0)
  }
}
