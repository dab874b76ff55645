import DNA
import Genome

/// The regions held out of training, by chromosome, merged.
struct HeldOut {
  let validation: [[Interval]]
  let test: [[Interval]]

  /// - Throws: `GenomeError` where a region is not on the sequence, or in both sets.
  init(
    _ recipe: CorpusRecipe, on chromosomes: [PackedSequenceWriter.Chromosome]
  ) throws(GenomeError) {
    validation = try HeldOut.place(recipe.validation, on: chromosomes, "validation")
    test = try HeldOut.place(recipe.test, on: chromosomes, "test")
    for (position, chromosome) in chromosomes.enumerated() {
      if let shared = validation[position].intersection(test[position]).first {
        throw GenomeError(
          "\(chromosome.name):\(shared.start + 1)-\(shared.end) is in both validation and test; "
            + "hold each base out once")
      }
    }
  }

  private static func place(
    _ texts: [String], on chromosomes: [PackedSequenceWriter.Chromosome], _ parameter: String
  ) throws(GenomeError) -> [[Interval]] {
    var placed = [[Interval]](repeating: [], count: chromosomes.count)
    for text in RegionText.rejoined(texts) {
      let region = try RegionText(parsing: text)
      guard let position = chromosomes.firstIndex(where: { $0.name == region.chromosome }) else {
        throw GenomeError(
          "\(parameter) names '\(region.chromosome)', which is not in the corpus: "
            + ChromosomeNames.hint(for: region.chromosome, among: chromosomes.map(\.name)))
      }
      placed[position].append(try region.interval(onLength: chromosomes[position].length))
    }
    return placed.map { $0.merged() }
  }
}

/// The regions of a corpus: each chromosome's known stretches, cut at the edges of what is held out.
struct RegionSets {
  private(set) var training: [Region] = []
  private(set) var validation: [Region] = []
  private(set) var test: [Region] = []
  private(set) var summaries: [CorpusSummary.Chromosome] = []

  /// - Parameter coverage: by segmentation; empty where the corpus has no states at all.
  init(
    _ chromosomes: [PackedSequenceWriter.Chromosome], _ heldOut: HeldOut,
    _ coverage: [BinnedSegmentation.Coverage], minimum: Int
  ) {
    for (position, chromosome) in chromosomes.enumerated() {
      let whole = Interval(0, chromosome.length)
      let known = chromosome.unknown.gaps(in: whole)
      var summary = CorpusSummary.Chromosome(
        name: chromosome.name, length: chromosome.length,
        unknown: chromosome.unknown.totalLength)
      if !coverage.isEmpty && coverage.allSatisfy({ $0.bases[position] == 0 }) {
        summary.withoutStates = known.totalLength
        summaries.append(summary)
        continue
      }

      func regions(_ intervals: [Interval]) -> [Region] {
        let short = intervals.filter { $0.length < minimum }
        summary.short += short.totalLength
        summary.shortRegions += short.count
        return intervals.filter { $0.length >= minimum }
          .map { Region(chromosome: position, start: $0.start, end: $0.end) }
      }
      func bases(_ regions: [Region]) -> Int { regions.reduce(0) { $0 + $1.length } }

      let (heldValidation, heldTest) = (heldOut.validation[position], heldOut.test[position])
      let free = (heldValidation + heldTest).merged().gaps(in: whole)
      let mine = (
        regions(known.intersection(free)), regions(known.intersection(heldValidation)),
        regions(known.intersection(heldTest))
      )
      (summary.training, summary.validation, summary.test) = (
        bases(mine.0), bases(mine.1), bases(mine.2)
      )
      training += mine.0
      validation += mine.1
      test += mine.2
      summaries.append(summary)
    }
  }
}
