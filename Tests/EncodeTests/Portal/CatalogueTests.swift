import Files
import FlowPlugin
import FlowTesting
import LoopbackPortal
import Testing

@testable import Encode

@Suite struct CatalogueTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  func reference(
    _ names: [String], cellTypes: [String] = [], chromosomes: [String] = [], digests: Bool = false,
    portal: String = "https://www.encodeproject.org"
  ) throws -> OperationHost {
    try OperationHost(
      parameters: [
        "names": .array(names.map { .string($0) }), "digests": .boolean(digests),
        "cell_types": .array(cellTypes.map { .string($0) }),
        "chromosomes": .array(chromosomes.map { .string($0) }), "portal": .string(portal),
      ], directory: folder.at("step"))
  }

  func lock(_ host: OperationHost) throws -> LockFile {
    try host.run("reference", of: Encode.entry)
    return try LockFile.read(host.output("lock"))
  }

  @Test func thereAre127EpigenomesAnd98WithH3K27ac() {
    let all = RoadmapEpigenome.all
    let numbers = (1...129).filter { $0 != 60 && $0 != 64 }
    #expect(all.map(\.id) == numbers.map { "E" + String(String(1000 + $0).dropFirst()) })
    #expect(all.count { $0.hasH3K27ac } == 98)
    #expect(Set(all.map(\.mnemonic)).count == 127)
  }

  /// The two that the hub's track list is known to give.
  @Test(arguments: [("E116", 114), ("E123", 121), ("E001", 1), ("E061", 60), ("E065", 63)])
  func ideasNumbersEpigenomesByTheirRank(_ id: String, _ rank: Int) {
    #expect(RoadmapEpigenome.all.first { $0.id == id }?.rank == rank)
  }

  @Test(arguments: [
    ("E116", ["E116"]), ("bld.gm12878", ["E116"]), ("K562", ["E123"]), ("HepG2", ["E118"]),
    ("H1", ["E003", "E004", "E005", "E006", "E007"]), ("IMR90", ["E017"]), ("GM1287", []), ("", []),
  ])
  func epigenomesAreFoundByIdMnemonicAndWords(_ text: String, _ ids: [String]) {
    #expect(RoadmapEpigenome.matching(text).map(\.id) == ids)
  }

  @Test func everySetNamesDifferentFilesThatCanBeFetched() throws {
    for set in Catalogue.sets {
      let host = try reference([set.name])
      let entries = try lock(host).entries
      #expect(entries.count == set.files.count, "\(set.name)")
      let downloads = try DownloadList(host.output("lock"), allowsUnverified: true).read().downloads
      #expect(Set(downloads.map(\.name)).count == set.files.count)
    }
    #expect(Catalogue.sets.map(\.files.count) == [1, 1, 1, 1, 1, 127, 98, 127, 127, 98, 127])
  }

  @Test func aSegmentationKnowsItsCellTypeAndBuild() throws {
    let entry = try #require(try lock(reference(["roadmap15"], cellTypes: ["K562"])).entries.first)
    #expect(
      entry[.url]
        == "https://egg2.wustl.edu/roadmap/data/byFileType/chromhmmSegmentations/ChmmModels/coreMarks/jointModel/final/E123_15_coreMarks_mnemonics.bed.gz"
    )
    #expect(entry[.cellType] == "E123" && entry[.biosample] == "K562 Leukemia Cells")
    #expect(entry[.assembly] == "hg19" && entry[.dataset] == "roadmap15" && entry[.md5].isEmpty)
    let ideas = try #require(try lock(reference(["ideas20"], cellTypes: ["E116"])).entries.first)
    #expect(ideas[.url] == "http://bx.psu.edu/~yuzhang/Roadmap_ideas/test1.114.bb")
  }

  @Test func aRecordedDigestNeedsNoNetworkAndSaysWhereItIsFrom() throws {
    let entry = try #require(try lock(reference(["hg19"], digests: true)).entries.first)
    #expect(entry[.md5] == "806c02398f5ac5da8ffd6da2d1d5d1a9")
    #expect(entry[.source] == "https://hgdownload.soe.ucsc.edu/goldenPath/hg19/bigZips/md5sum.txt")
  }

  @Test func thePortalIsAskedForTheDigestsOfItsFiles() throws {
    var items = PortalItems()
    items.add([
      "@id": "/files/mm10_no_alt_analysis_set_ENCODE/", "@type": ["File", "Item"],
      "md5sum": "0123456789abcdef0123456789abcdef", "file_size": 7,
    ])
    let server = try LoopbackPortal(route: items.route)
    let host = try reference(["mm10-no-alt"], digests: true, portal: server.address)
    let entry = try #require(try lock(host).entries.first)
    #expect(entry[.md5] == "0123456789abcdef0123456789abcdef" && entry.bytes == 7)
    #expect(
      entry[.url].hasPrefix("\(server.address)/files/mm10_no_alt_analysis_set_ENCODE/@@download/"))
  }

  @Test func chromosomesAreFilesOfTheirOwn() throws {
    let entries = try lock(reference(["hg19"], chromosomes: ["chr21", "chrX"])).entries
    #expect(entries.map(\.name) == ["hg19.chr21.fa.gz", "hg19.chrX.fa.gz"])
    #expect(
      entries[0][.url] == "https://hgdownload.soe.ucsc.edu/goldenPath/hg19/chromosomes/chr21.fa.gz")
  }

  @Test(
    arguments: [
      (["hg91"], [], [], "the catalogue has no 'hg91'; did you mean 'hg19'?"),
      (["roadmap15"], ["H1"], [], "'H1' is more than one epigenome: E003 (H1 Cells), E004"),
      (["roadmap15"], ["MCF-7"], [], "'MCF-7' is no epigenome"),
      (["roadmap18"], ["E001"], [], "roadmap18 has no segmentation of E001 (ES-I3 Cells)"),
      (["GRCh38"], [], ["chr1"], "GRCh38 comes as one file"),
      (["hg19"], [], ["chr1/../x"], "'chr1/../x' is no chromosome"),
    ] as [([String], [String], [String], String)])
  func mistakesAreTold(
    _ names: [String], _ cellTypes: [String], _ chromosomes: [String], _ expected: String
  ) throws {
    let host = try reference(names, cellTypes: cellTypes, chromosomes: chromosomes)
    let failure = host.failure("reference", of: Encode.entry)
    #expect(failure?.status == .invalid)
    #expect(failure?.description.hasPrefix(expected) == true, "told: \(failure?.description ?? "")")
  }

  @Test func withoutNamesTheCatalogueIsShown() throws {
    let host = try reference([])
    #expect(try lock(host).entries.isEmpty)
    let text = try Path.readText(host.output("table"))
    #expect(text.contains("roadmap15") && text.contains("E116") && text.contains("BLD.GM12878"))
  }

  @Test func listsOfDigestsAreReadInEveryForm() {
    let list = DigestList(
      Array(
        """
        # comment
        00000000000000000000000000000001  ./coreMarks/final/E001.bed.gz
        00000000000000000000000000000002 *core_K27ac/final/E001.bed.gz
        0000000000000000000000000000000A\tE002.bed.gz
        not-a-digest  E003.bed.gz

        """.utf8))
    #expect(list.count == 3)
    #expect(list.md5(of: "https://h.org/d/coreMarks/final/E001.bed.gz")?.last == "1")
    #expect(list.md5(of: "https://h.org/d/core_K27ac/final/E001.bed.gz")?.last == "2")
    #expect(list.md5(of: "https://h.org/E002.bed.gz")?.last == "a")
    #expect(list.md5(of: "https://h.org/other/E001.bed.gz") == nil, "two are of that name")
    #expect(list.md5(of: "https://h.org/E003.bed.gz") == nil)
  }

  @Test func aProvidersListIsAskedForOnce() throws {
    let server = try LoopbackPortal(route: { request in
      request.path == "/checksums.md5"
        ? Reply(body: Array("\(String(repeating: "ab", count: 16))  ./a/E001.bed.gz\n".utf8)) : nil
    })
    var warnings: [String] = []
    let portal = Portal(server.address, try WebClient(portal: server.address))
    func file(_ name: String, _ list: String) -> CatalogueSet.File {
      .init(
        id: name, url: "https://h.org/a/\(name)", name: name,
        digest: .list("\(server.address)/\(list)"))
    }
    var digests = KnownDigests(portal: portal, asksProviders: true) { warnings.append($0) }
    let known = try digests.of(file("E001.bed.gz", "checksums.md5"))
    #expect(known.md5?.hasPrefix("abab") == true && known.source.hasSuffix("/checksums.md5"))
    #expect(try digests.of(file("E002.bed.gz", "checksums.md5")).md5 == nil)
    #expect(warnings == ["\(server.address)/checksums.md5 does not list E002.bed.gz"])
    #expect(server.exchanges.count == 1)
    let told = message { _ = try digests.of(file("E001.bed.gz", "absent")) }
    #expect(
      told.contains("status 404") && told.hasSuffix("and allow_unverified to fetch"),
      "told: \(told)")
  }
}
