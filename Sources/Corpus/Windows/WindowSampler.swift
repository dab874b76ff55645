import CounterRandom
import Genome

/// Draws windows uniformly over all places of a set of regions and a set of cell types.
public struct WindowSampler: Sendable {
  /// Where a window begins, and the cell type whose states it shows.
  public struct Window: Equatable, Sendable {
    /// The position of the chromosome in `Corpus.chromosomes`.
    public let chromosome: Int
    /// The first base, 0-based.
    public let start: Int
    /// The position of the cell type in `Corpus.cellTypes`.
    public let cellType: Int

    public init(chromosome: Int, start: Int, cellType: Int) {
      self.chromosome = chromosome
      self.start = start
      self.cellType = cellType
    }
  }

  private let regions: [Region]
  /// Windows that begin in the regions before and in this one.
  private let ends: [Int]
  private let cellTypes: [Int]

  /// All cell types below `cellTypes`.
  ///
  /// - Parameter bases: the width of a window; shorter regions are left out.
  public init(regions: [Region], cellTypes: Int, bases: Int) {
    self.init(regions: regions, cellTypes: Array(0..<cellTypes), bases: bases)
  }

  /// - Parameters:
  ///   - cellTypes: positions in `Corpus.cellTypes`.
  ///   - bases: the width of a window; shorter regions are left out.
  public init(regions: [Region], cellTypes: [Int], bases: Int) {
    self.regions = regions.filter { $0.length >= bases }
    self.cellTypes = cellTypes
    var total = 0
    ends = self.regions.map {
      total += $0.length - bases + 1
      return total
    }
  }

  /// How many different windows there are.
  public var count: Int { (ends.last ?? 0) * cellTypes.count }

  /// - Precondition: `count` is not 0.
  public func draw(_ random: inout RandomSequence) -> Window {
    let cellType = cellTypes[random.below(cellTypes.count)]
    let place = random.below(ends.last ?? 0)
    let low = ends.firstPosition(above: place)
    let before = low == 0 ? 0 : ends[low - 1]
    return Window(
      chromosome: regions[low].chromosome, start: regions[low].start + place - before,
      cellType: cellType)
  }
}
