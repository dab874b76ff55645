import Testing

@testable import Genome

/// Labels from the quickstart's peaks, against numbers that other programs gave for the same files.
@Suite struct RealPeaksTests {
  static func data(_ name: String, _ file: String = #filePath) -> String {
    let repository = file.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(repository)/Workflows/data/\(name)"
  }

  /// Labels of all bins of chr20, against a count by single bases with numpy.
  @Test(arguments: [("MAX", [1_237_623, 17_639, 3188]), ("SPI1", [1_232_045, 20_111, 6294])])
  func bindingOnChromosome20(factor: String, expected: [Int]) throws {
    let name = "ChIPseq.GM12878.\(factor)"
    let conservative = try NarrowPeak.read(
      Self.data("\(name).conservative.train.chr20.narrowPeak.gz"))
    let relaxed = try NarrowPeak.read(Self.data("\(name).relaxed.chr20.narrowPeak.gz"))
    let labels = BindingLabels(
      conservative: conservative.map(\.interval), relaxed: relaxed.map(\.interval))
    var counts = [0, 0, 0]
    try BED.read(fixture("encode_dream_test_regions.blacklistfiltered.merged.bed")) { row in
      guard row.chromosome == "chr20" else { return }
      for index in 0..<Bins.dream.count(in: row.interval) {
        counts[Int(labels.label(Bins.dream.bin(index, in: row.interval)).rawValue)] += 1
      }
    }
    #expect(counts == expected)
  }
}
