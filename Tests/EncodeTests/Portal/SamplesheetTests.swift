import Files
import FlowPlugin
import FlowTesting
import Testing

@testable import Encode

@Suite struct SamplesheetTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// A FASTQ file of a lock.
  func fastq(
    _ accession: String, _ dataset: String, replicate: Int = 1, end: String = "", mate: String = "",
    target: String = "", controls: String = "", controlledBy: String = "", output: String = "reads"
  ) -> LockEntry {
    var entry = LockEntry()
    entry[.accession] = accession
    entry[.name] = "\(accession).fastq.gz"
    entry[.url] = "https://h.org/\(accession).fastq.gz"
    entry[.fileFormat] = "fastq"
    entry[.outputType] = output
    entry[.dataset] = dataset
    entry[.biologicalReplicates] = String(replicate)
    entry[.pairedEnd] = end
    entry[.pairedWith] = mate
    entry[.target] = target
    entry[.biosample] = "K562"
    entry[.controls] = controls
    entry[.controlledBy] = controlledBy
    return entry
  }

  func sheet(
    _ entries: [LockEntry], _ layout: String, names: String = "accession",
    withoutControls: Bool = false, files: String? = nil
  ) throws -> OperationHost {
    let lock = try folder.write("encode.lock", LockFile(facts: [], entries: entries).text)
    return try OperationHost(
      parameters: [
        "layout": .string(layout), "sample_names": .string(names), "strandedness": "auto",
        "without_controls": .boolean(withoutControls),
      ],
      inputs: ["lock": [lock]].merging(files.map { ["files": [$0]] } ?? [:]) { $1 },
      directory: folder.at("step"))
  }

  func text(_ host: OperationHost) throws -> String {
    try host.run("samplesheet", of: Encode.entry)
    return try Path.readText(host.output("sheet")).replacing("https://h.org/", with: "")
  }

  /// An experiment with replicates 1 (two runs) and 3, paired, and its control with two single-end replicates.
  var chip: [LockEntry] {
    [
      fastq(
        "ENCFF001AAA", "ENCSR001AAA", end: "1", mate: "ENCFF001AAB", target: "CTCF",
        controls: "ENCSR009CTL", controlledBy: "ENCFF009AAB"),
      fastq(
        "ENCFF001AAB", "ENCSR001AAA", end: "2", mate: "ENCFF001AAA", target: "CTCF",
        controls: "ENCSR009CTL"),
      fastq(
        "ENCFF001AAC", "ENCSR001AAA", end: "1", mate: "ENCFF001AAD", target: "CTCF",
        controls: "ENCSR009CTL"),
      fastq(
        "ENCFF001AAD", "ENCSR001AAA", end: "2", mate: "ENCFF001AAC", target: "CTCF",
        controls: "ENCSR009CTL"),
      fastq(
        "ENCFF001AAE", "ENCSR001AAA", replicate: 3, end: "1", mate: "ENCFF001AAF", target: "CTCF",
        controls: "ENCSR009CTL"),
      fastq(
        "ENCFF001AAF", "ENCSR001AAA", replicate: 3, end: "2", mate: "ENCFF001AAE", target: "CTCF",
        controls: "ENCSR009CTL"),
      fastq("ENCFF009AAA", "ENCSR009CTL"), fastq("ENCFF009AAB", "ENCSR009CTL", replicate: 2),
    ]
  }

  @Test func chipseqPairsFilesNumbersReplicatesAndFindsControls() throws {
    #expect(
      try text(sheet(chip, "chipseq")) == """
        sample,fastq_1,fastq_2,replicate,antibody,control,control_replicate
        ENCSR001AAA,ENCFF001AAA.fastq.gz,ENCFF001AAB.fastq.gz,1,CTCF,ENCSR009CTL,2
        ENCSR001AAA,ENCFF001AAC.fastq.gz,ENCFF001AAD.fastq.gz,1,CTCF,ENCSR009CTL,2
        ENCSR001AAA,ENCFF001AAE.fastq.gz,ENCFF001AAF.fastq.gz,2,CTCF,ENCSR009CTL,2
        ENCSR009CTL,ENCFF009AAA.fastq.gz,,1,,,
        ENCSR009CTL,ENCFF009AAB.fastq.gz,,2,,,

        """)
  }

  @Test func atacseqHasControlColumnsOnlyWithControls() throws {
    #expect(
      try text(sheet(chip, "atacseq")).hasPrefix(
        "sample,fastq_1,fastq_2,replicate,control,control_replicate\n"))
    #expect(
      try text(sheet([fastq("ENCFF009AAA", "ENCSR009CTL")], "atacseq")) == """
        sample,fastq_1,fastq_2,replicate
        ENCSR009CTL,ENCFF009AAA.fastq.gz,,1

        """)
  }

  @Test func rnaseqNamesReplicatesAndSamplesMayHaveLabels() throws {
    #expect(
      try text(sheet(Array(chip.prefix(2)), "rnaseq", names: "label")) == """
        sample,fastq_1,fastq_2,strandedness
        CTCF_K562_ENCSR001AAA_REP1,ENCFF001AAA.fastq.gz,ENCFF001AAB.fastq.gz,auto

        """)
  }

  @Test func anExperimentWithSingleAndPairedRunsIsTwoSamples() throws {
    let entries = Array(chip.prefix(2)) + [fastq("ENCFF001AAZ", "ENCSR001AAA", replicate: 2)]
    #expect(
      try text(sheet(entries, "atacseq")) == """
        sample,fastq_1,fastq_2,replicate
        ENCSR001AAA_PE,ENCFF001AAA.fastq.gz,ENCFF001AAB.fastq.gz,1
        ENCSR001AAA_SE,ENCFF001AAZ.fastq.gz,,1

        """)
  }

  @Test func aMissingControlIsAnErrorUnlessAllowed() throws {
    let alone = Array(chip.prefix(2))
    let told = try sheet(alone, "chipseq").failure("samplesheet", of: Encode.entry)
    #expect(
      told?.description
        == "the lock lacks the control of ENCSR001AAA (ENCSR009CTL): lock again with controls: true, or set without_controls"
    )
    let allowed = try text(sheet(alone, "chipseq", withoutControls: true))
    #expect(allowed.hasSuffix("ENCSR001AAA,ENCFF001AAA.fastq.gz,ENCFF001AAB.fastq.gz,1,,,\n"))
  }

  @Test func whatIsNoReadIsLeftOutAndTold() throws {
    let host = try sheet(
      [
        fastq("ENCFF001AAA", "ENCSR001AAA"),
        fastq("ENCFF001AAB", "ENCSR001AAA", output: "index reads"),
        fastq("ENCFF001AAC", "ENCSR001AAA", end: "1", mate: "ENCFF001AAD"),
      ], "rnaseq")
    #expect(try text(host).split(separator: "\n").count == 2)
    #expect(
      host.warnings == [
        "left out: ENCFF001AAB: index reads",
        "left out: ENCFF001AAC: its mate ENCFF001AAD is not in the lock",
      ])
    let none = try sheet([], "rnaseq").failure("samplesheet", of: Encode.entry)
    #expect(none?.description.hasPrefix("the lock has no FASTQ files") == true)
  }

  @Test func filesAreNamedByTheirDirectoryAndMustBeThere() throws {
    try folder.write("fetched/ENCFF001AAA.fastq.gz", "x")
    let host = try sheet(
      [fastq("ENCFF001AAA", "ENCSR001AAA")], "rnaseq", files: folder.at("fetched"))
    #expect(try text(host).contains(",\(folder.path)/fetched/ENCFF001AAA.fastq.gz,"))
    let absent = try sheet(
      [fastq("ENCFF001AAB", "ENCSR001AAA")], "rnaseq", files: folder.at("fetched"))
    let told = absent.failure("samplesheet", of: Encode.entry)?.description ?? ""
    #expect(told.contains("ENCFF001AAB.fastq.gz of the lock is not in \(folder.path)/fetched"))
    try folder.write("a b/ENCFF001AAA.fastq.gz", "x")
    let spaced = try sheet([fastq("ENCFF001AAA", "ENCSR001AAA")], "rnaseq", files: folder.at("a b"))
    #expect(
      spaced.failure("samplesheet", of: Encode.entry)?.description.contains("has a space") == true)
  }

  @Test func segmentationsAreListedByCellType() throws {
    var entry = fastq("E116_15_coreMarks", "roadmap15")
    entry[.fileFormat] = "bed"
    entry[.cellType] = "E116"
    var second = entry
    second[.accession] = "E123_15_coreMarks"
    #expect(
      try text(sheet([entry], "states")) == "cell_type,states\nE116,E116_15_coreMarks.fastq.gz\n")
    let twice = try sheet([entry, second], "states").failure("samplesheet", of: Encode.entry)
    #expect(
      twice?.description.contains(
        "E116_15_coreMarks and E123_15_coreMarks are both of 'E116_roadmap15'")
        == true)
    second[.dataset] = "roadmap18"
    #expect(
      try text(sheet([entry, second], "states")) == """
        cell_type,states
        E116_roadmap15,E116_15_coreMarks.fastq.gz
        E116_roadmap18,E116_15_coreMarks.fastq.gz

        """)
  }
}
