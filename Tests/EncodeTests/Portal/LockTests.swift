import Files
import FlowPlugin
import FlowTesting
import LoopbackPortal
import Testing

@testable import Encode

@Suite struct LockTests {
  /// Accessions in the record: FASTQ of replicate 1 (both ends), an alignment.
  static let (fastq, mate) = ("ENCFF168ZWJ", "ENCFF177PKE")

  func entries(_ host: OperationHost) throws -> [String: LockEntry] {
    let lock = try LockFile.read(host.output("lock"))
    return Dictionary(lock.entries.map { ($0.accession, $0) }) { $1 }
  }

  @Test func theFilesOfAnExperimentAreFrozen() throws {
    let portal = try RecordedPortal()
    let host = try portal.lock(["target": ["SAFB"], "file_format": ["fastq"]])
    try host.run("lock", of: Encode.entry)
    let lock = try LockFile.read(host.output("lock"))
    #expect(lock.fact("query") == "type=Experiment&target.label=SAFB&files.file_format=fastq")
    #expect(lock.fact("files") == "file_format=fastq")
    #expect(lock.entries.map(\.accession).sorted() == lock.entries.map(\.accession))
    let file = try #require(lock.entries.first { $0.accession == Self.fastq })
    #expect(file[.url] == portal.server.download("ENCFF168ZWJ.fastq.gz"))
    #expect(file[.md5] == "9fdff194a5bb7657e979528ffa9a0cba" && file.bytes == 2_058_656_304)
    #expect(file[.contentMD5] == "f83c20a4ce4c68649b286bbe6f979a2a")
    #expect(file[.pairedEnd] == "1" && file[.pairedWith] == Self.mate)
    #expect(file[.assay] == "CRISPR RNA-seq" && file[.biosample] == "HepG2")
    #expect(file[.biologicalReplicates] == "1" && file[.technicalReplicates] == "1_1")
    #expect(file.list(.controls) == ["ENCSR300EBW"] && file[.dataset] == "ENCSR416YFB")
    #expect(file.list(.controlledBy) == ["ENCFF019PTP", "ENCFF197NKM"])
    #expect(file[.date] == "2019-05-23" && file[.mirrors].isEmpty, "a private bucket is no mirror")
  }

  @Test func theDownloadListReadsIt() throws {
    let portal = try RecordedPortal()
    let host = try portal.lock(["accessions": ["ENCSR416YFB"]])
    try host.run("lock", of: Encode.entry)
    let downloads = try DownloadList(host.output("lock"), allowsUnverified: false).read().downloads
    #expect(downloads.count == 22 && downloads.allSatisfy { $0.md5 != nil && $0.bytes != nil })
  }

  @Test func publicBucketsAreMirrors() throws {
    let portal = try RecordedPortal {
      $0.change(
        Self.fastq,
        [
          "s3_uri": "s3://encode-public/2019/05/23/a/ENCFF168ZWJ.fastq.gz",
          "cloud_metadata": [
            "url": "https://encode-public.s3.amazonaws.com/2019/05/23/a/ENCFF168ZWJ.fastq.gz"
          ],
        ])
    }
    let host = try portal.lock(["accessions": [.string(Self.fastq)]])
    try host.run("lock", of: Encode.entry)
    #expect(
      try entries(host)[Self.fastq]?.list(.mirrors)
        == ["https://encode-public.s3.amazonaws.com/2019/05/23/a/ENCFF168ZWJ.fastq.gz"])
  }

  @Test func anotherStatusIsLeftOutAndToldWithItsSuccessor() throws {
    let portal = try RecordedPortal {
      $0.change(Self.fastq, ["status": "revoked", "superseded_by": ["/files/ENCFF999AAA/"]])
      $0.change(Self.mate, ["status": "archived"])
    }
    let host = try portal.lock([
      "query": "type=File&file_format=fastq&status=in progress&status=revoked&status=archived",
      "status": ["released"],
    ])
    try host.run("lock", of: Encode.entry)
    #expect(try entries(host)[Self.fastq]?[.supersededBy] == "ENCFF999AAA")
    #expect(
      host.warnings.contains(
        "ENCFF168ZWJ is revoked, superseded by ENCFF999AAA; it is locked all the same"))

    let strict = try portal.lock([
      "target": ["SAFB"], "file_format": ["fastq"], "status": ["in progress", "submitted"],
    ])
    try strict.run("lock", of: Encode.entry)
    #expect(try entries(strict).count == 2)
    let report = try Path.readText(strict.output("report"))
    #expect(report.contains("ENCFF168ZWJ is revoked, superseded by ENCFF999AAA\n"))
    #expect(report.contains("ENCFF177PKE is archived\n"))
    #expect(try JSON.read(strict.output("json"))["left_out"] == ["revoked": 1, "archived": 1])
  }

  @Test func aNamedFileThatMayNotBeTakenIsAnError() throws {
    let portal = try RecordedPortal {
      $0.change(Self.fastq, ["status": "replaced", "superseded_by": ["/files/ENCFF999AAA/"]])
    }
    let host = try portal.lock(["accessions": [.string(Self.fastq)], "status": ["released"]])
    let failure = host.failure("lock", of: Encode.entry)
    #expect(failure?.status == .invalid)
    #expect(
      failure?.description.hasPrefix(
        "ENCFF168ZWJ is replaced, superseded by ENCFF999AAA; name its successor")
        == true)
    let absent = try portal.lock(["accessions": ["ENCFF000XXX"]]).failure("lock", of: Encode.entry)
    #expect(
      absent?.description.hasPrefix("ENCFF000XXX: \(portal.server.address) has no such file")
        == true)
    let nothing = try portal.lock([:]).failure("lock", of: Encode.entry)
    #expect(nothing?.description.hasPrefix("nothing is asked for") == true)
  }

  @Test func theSameAnswerGivesTheSameBytesAndChangesAreTold() throws {
    let portal = try RecordedPortal()
    let first = try portal.lock(["accessions": ["ENCSR416YFB"], "file_format": ["fastq"]])
    try first.run("lock", of: Encode.entry)
    var text = try Path.readText(first.output("lock"))
    // As if made on another day.
    text = text.replacing(/# date: .*/, with: "# date: 2020-01-01")
    let previous = try portal.folder.write("previous.lock", text)
    let again = try portal.lock([:], previous: previous)
    try again.run("lock", of: Encode.entry)
    #expect(try Path.readText(again.output("lock")) == text)

    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let edited = lines.filter { !$0.hasPrefix(Self.mate) }.map(String.init).map { line in
      line.hasPrefix(Self.fastq)
        ? line.replacing(
          "9fdff194a5bb7657e979528ffa9a0cba", with: "00000000000000000000000000000000")
        : line
    }
    let older = try portal.folder.write("older.lock", edited.joined(separator: "\n"))
    let changed = try portal.lock([:], previous: older)
    try changed.run("lock", of: Encode.entry)
    #expect(
      try Path.readText(changed.output("changes")) == """
        change\taccession\tcolumn\tbefore\tnow
        changed\tENCFF168ZWJ\tmd5\t00000000000000000000000000000000\t9fdff194a5bb7657e979528ffa9a0cba
        added\tENCFF177PKE\t\t\tin progress

        """)
    #expect(
      changed.warnings == ["ENCFF168ZWJ: the portal has other bytes under this accession now"])
  }

  /// The portal allows few requests a second: 200 experiments are one search, and their files three.
  @Test func manyExperimentsAreFewRequests() throws {
    let portal = try RecordedPortal { items in
      for number in 100..<300 {
        let file: JSON = [
          "@id": .string("/files/ENCFF000\(number)/"), "@type": ["File", "Item"],
          "accession": .string("ENCFF000\(number)"), "file_format": "bed", "status": "released",
          "href": .string("/files/ENCFF000\(number)/@@download/ENCFF000\(number).bed.gz"),
        ]
        items.add([
          "@id": .string("/experiments/ENCSR000\(number)/"),
          "@type": ["Experiment", "Dataset", "Item"],
          "accession": .string("ENCSR000\(number)"), "assay_title": "DNase-seq",
          "status": "released",
          "files": [file],
        ])
      }
    }
    let host = try portal.lock(["assay": ["DNase-seq"]])
    try host.run("lock", of: Encode.entry)
    #expect(try entries(host).count == 200)
    #expect(portal.server.exchanges.count == 4)
    #expect(portal.server.exchanges.allSatisfy { $0.request.query.utf8.count < 8000 })
  }

  @Test func aWithdrawnExperimentIsToldWithItsSuccessor() throws {
    let portal = try RecordedPortal {
      $0.change(
        "ENCSR416YFB", ["status": "revoked", "superseded_by": ["/experiments/ENCSR999NEW/"]])
    }
    let host = try portal.lock(["accessions": ["ENCSR416YFB"]])
    try host.run("lock", of: Encode.entry)
    #expect(host.warnings == ["ENCSR416YFB is revoked, superseded by ENCSR999NEW"])
  }

  @Test func whatNothingMatchesIsExplained() throws {
    let portal = try RecordedPortal()
    let host = try portal.lock(["target": ["SAFBB"]])
    try host.run("lock", of: Encode.entry)
    #expect(
      try Path.readText(host.output("report")) == """
        No files: nothing matches
        no Experiment has target.label 'SAFBB'; did you mean 'SAFB'?

        """)
  }

  /// The first search meets a busy server, the second a connection that breaks.
  @Test func aBusyPortalAndABrokenConnectionChangeNothing() throws {
    func rows(_ faults: FaultPlan) throws -> Substring {
      let portal = try RecordedPortal(faults: faults)
      let host = try portal.lock(["target": ["SAFB"]])
      try host.run("lock", of: Encode.entry)
      let text = try Path.readText(host.output("lock"))
      return text.replacing(portal.server.address, with: "")[...]
    }
    let faults = FaultPlan { [0: .unavailable, 2: .cut][$0.earlier] }
    #expect(try rows(faults) == rows(.none))
  }

  @Test func aLockDoesNotDecideWhichPortalIsAsked() throws {
    let portal = try RecordedPortal()
    let elsewhere = LockFile(
      facts: [("portal", "https://example.org"), ("accessions", "ENCSR416YFB")], entries: [])
    let previous = try portal.folder.write("previous.lock", elsewhere.text)
    let failure = try portal.lock([:], previous: previous).failure("lock", of: Encode.entry)
    #expect(failure?.status == .invalid)
    #expect(
      failure?.description.contains("it is of the portal https://example.org, not of ") == true)
    #expect(portal.server.exchanges.isEmpty)
  }

  @Test func filesOfControlsAreTakenOnRequest() throws {
    let portal = try RecordedPortal { items in
      guard var control = items.items.first(where: { $0["accession"] == "ENCSR416YFB" })?.object
      else { return }
      control["@id"] = "/experiments/ENCSR300EBW/"
      control["accession"] = "ENCSR300EBW"
      control["possible_controls"] = []
      control["files"] = [
        [
          "@id": "/files/ENCFF019PTP/", "@type": ["File", "Item"], "accession": "ENCFF019PTP",
          "href": "/files/ENCFF019PTP/@@download/ENCFF019PTP.fastq.gz", "file_format": "fastq",
          "status": "released", "no_file_available": false,
        ]
      ]
      items.add(.object(control))
    }
    let host = try portal.lock([
      "accessions": ["ENCSR416YFB"], "file_format": ["fastq"], "controls": true,
    ])
    try host.run("lock", of: Encode.entry)
    #expect(try entries(host)["ENCFF019PTP"]?[.dataset] == "ENCSR300EBW")
    #expect(
      host.warnings == ["1 file without an md5: encode/fetch takes them only with allow_unverified"]
    )
  }

  @Test(
    arguments: [
      (["href": "/files/ENCFF168ZWJ/@@download/..%2f..%2fetc"], "cannot be a file's name"),
      (["href": "https://example.org/x"], "is no path of the portal"),
      (["href": "//example.org/x"], "is no path of the portal"),
      (["href": "/files/a/@@download/.."], "'..' cannot be a file's name"),
      (["href": "/files/a/@@download/a\nb"], "control characters"),
      (["accession": "ENC FF\t1"], "has no accession"),
    ] as [([String: JSON], String)])
  func aHostileAnswerIsLeftOutAndTold(_ members: [String: JSON], _ expected: String) throws {
    let portal = try RecordedPortal { $0.change(Self.fastq, members) }
    let host = try portal.lock(["query": "type=File&file_format=fastq"])
    try host.run("lock", of: Encode.entry)
    #expect(try LockFile.read(host.output("lock")).entries.count == 3)
    #expect(
      host.warnings.count == 1 && host.warnings[0].contains(expected), "told: \(host.warnings)")
  }
}
