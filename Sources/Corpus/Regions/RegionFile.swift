import DNA
import Files
import Genome

/// Regions of a corpus as a BED file of three columns, readable by every genome browser.
struct RegionFile {
  private let chromosomes: [Chromosome]
  private let positions: [String: Int]

  init(_ chromosomes: [Chromosome]) {
    self.chromosomes = chromosomes
    positions = Dictionary(
      chromosomes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// - Throws: `GenomeError` where a region is outside the chromosomes, or not in order.
  func read(_ path: String) throws -> [Region] {
    var regions: [Region] = []
    try BED.read(path) { row in
      guard let position = positions[row.chromosome] else {
        throw row.error("unknown chromosome '\(row.chromosome)'")
      }
      let region = Region(
        chromosome: position, start: row.interval.start, end: row.interval.end)
      guard region.end <= chromosomes[position].length else {
        throw row.error("past the end of the chromosome")
      }
      if let last = regions.last,
        (last.chromosome, last.end) > (region.chromosome, region.start)
      {
        throw row.error("regions overlap or are out of order")
      }
      regions.append(region)
    }
    return regions
  }

  /// As `read`, of a part of a corpus whose regions and bases the manifest tells.
  func read(_ path: String, expecting part: CorpusManifest.Part) throws -> [Region] {
    let regions = try read(path)
    let bases = regions.reduce(0) { $0 + $1.length }
    guard regions.count == part.regions, bases == part.bases else {
      throw GenomeError(
        "\(regions.count) regions with \(bases) bases; the manifest says \(part.regions) with \(part.bases)",
        path: path)
    }
    return regions
  }

  func write(_ regions: [Region], to path: String) throws(FileError) -> (bytes: Int, sha256: String)
  {
    let file = try HashedFile(path)
    for region in regions {
      let name = chromosomes[region.chromosome].name
      try file.write("\(name)\t\(region.start)\t\(region.end)\n".utf8)
    }
    return try file.finish()
  }
}
