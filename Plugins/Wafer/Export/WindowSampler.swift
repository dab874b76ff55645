import Genome

/// Draws windows uniformly over all their possible starts in a set of regions, and over cell types.
struct WindowSampler: Sendable {
  struct Window: Equatable, Sendable {
    var chromosome: Int
    var start: Int
    var cellType: Int
  }

  private let regions: [Region]
  /// By region: how many starts lie in the regions before it.
  private let startsBefore: [Int]
  private let cellTypes: Int
  /// All possible starts.
  let starts: Int

  /// - Parameter bases: length of a window; shorter regions are left out.
  init(_ regions: [Region], bases: Int, cellTypes: Int) {
    var starts = 0
    var before: [Int] = []
    let roomy = regions.filter { $0.end - $0.start >= bases }
    for region in roomy {
      before.append(starts)
      starts += region.end - region.start - bases + 1
    }
    self.regions = roomy
    startsBefore = before
    self.cellTypes = cellTypes
    self.starts = starts
  }

  /// - Precondition: `starts` is not 0.
  func draw(_ generator: inout Generator) -> Window {
    let place = Int.random(in: 0..<starts, using: &generator)
    var low = 0
    var high = regions.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if startsBefore[middle] <= place { low = middle } else { high = middle }
    }
    return Window(
      chromosome: regions[low].chromosome, start: regions[low].start + place - startsBefore[low],
      cellType: Int.random(in: 0..<cellTypes, using: &generator))
  }
}
