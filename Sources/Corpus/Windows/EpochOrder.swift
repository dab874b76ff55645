import CounterRandom
import Genome

/// Windows in epochs: each window of a tiling of the regions, in each cell type, exactly once an epoch, in
/// a pseudo-random order.
///
/// A tiling lays windows end to end in each region, as many as fit; what is left over, less than a window,
/// is at either end of the region, by chance differently in each epoch. So no base is read twice in an
/// epoch and cell type, and over epochs no base is left out.
///
/// A window is a function of the seed and its number: any process can ask for any window, nothing is
/// shuffled in memory, and a training resumed anywhere goes on with the window it would have had.
public struct EpochOrder: Sendable {
  private let regions: [Region]
  /// Windows in the regions before and in this one.
  private let ends: [Int]
  private let cellTypes: [Int]
  private let bases: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - cellTypes: positions in `Corpus.cellTypes`.
  ///   - bases: the width of a window; shorter regions are left out.
  ///   - seed: names the tilings and the orders.
  public init(regions: [Region], cellTypes: [Int], bases: Int, seed: UInt64) {
    self.regions = regions.filter { $0.length >= bases }
    self.cellTypes = cellTypes
    self.bases = bases
    self.seed = seed
    var total = 0
    ends = self.regions.map {
      total += $0.length / bases
      return total
    }
  }

  /// How many windows an epoch has.
  public var count: Int { (ends.last ?? 0) * cellTypes.count }

  /// The window of a number.
  ///
  /// - Parameter number: counted from 0 over all epochs.
  /// - Precondition: `count` is not 0.
  public func window(_ number: Int) -> WindowSampler.Window {
    let epoch = UInt64(number / count)
    let order = KeyedPermutation(count: count, key: mix(mix(seed) ^ epoch))
    let (tile, cell) = order[number % count].quotientAndRemainder(dividingBy: cellTypes.count)
    let place = ends.firstPosition(above: tile)
    let region = regions[place]
    let before = place == 0 ? 0 : ends[place - 1]
    var random = RandomSequence(seed, epoch, UInt64(place))
    let shift = random.below(region.length % bases + 1)
    return WindowSampler.Window(
      chromosome: region.chromosome, start: region.start + shift + (tile - before) * bases,
      cellType: cellTypes[cell])
  }
}

extension [Int] {
  /// The position of the first number above `value`. The numbers must not fall.
  func firstPosition(above value: Int) -> Int {
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low + high) / 2
      if self[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
