import DNA
import Genome

/// Which segmentations make which tracks: `CorpusRecipe.tracks` and `binSizes`, checked.
struct TrackPlan {
  /// One track to be made.
  struct Track: Sendable {
    let name: String
    let binSize: Int
    /// Positions in the list of segmentations.
    let segmentations: [Int]
    /// By segmentation of the track.
    let cellTypes: [String]
  }

  /// In the order in which the recipe first names them.
  let tracks: [Track]

  /// - Parameter count: of segmentations.
  /// - Throws: `GenomeError` where the recipe contradicts itself.
  init(_ recipe: CorpusRecipe, segmentations count: Int) throws(GenomeError) {
    guard recipe.cellTypes.count == count else {
      throw GenomeError(
        "\(recipe.cellTypes.count) name(s) in cell_types for \(count) segmentation(s) in states; "
          + "name each segmentation's cell type, in the same order")
    }
    if recipe.cellTypes.contains(where: { $0.isEmpty || $0.utf8.count > 200 }) {
      throw GenomeError("the name of a cell type must have from 1 to 200 bytes")
    }
    guard recipe.tracks.isEmpty || recipe.tracks.count == count else {
      throw GenomeError(
        "\(recipe.tracks.count) name(s) in tracks for \(count) segmentation(s) in states; name each "
          + "segmentation's track, in the same order, or none at all")
    }
    if let bad = recipe.tracks.first(where: { !CorpusManifest.Track.isName($0) }) {
      throw GenomeError(
        "'\(bad.prefix(100))' cannot be the name of a track; use up to 64 letters, digits, '.', '-' and '_'"
      )
    }
    let names =
      recipe.tracks.isEmpty
      ? [String](repeating: CorpusManifest.onlyTrack, count: count) : recipe.tracks
    var order: [String] = []
    var members: [String: [Int]] = [:]
    for (position, name) in names.enumerated() {
      if members[name] == nil { order.append(name) }
      members[name, default: []].append(position)
    }
    guard recipe.binSizes.isEmpty || recipe.binSizes.count == order.count else {
      throw GenomeError(
        "\(recipe.binSizes.count) number(s) in bin_sizes for \(order.count) track(s); give one for each of "
          + "\(order.joined(separator: ", ")), in this order")
    }
    var tracks: [Track] = []
    for (position, name) in order.enumerated() {
      let size = recipe.binSizes.isEmpty ? recipe.binSize : recipe.binSizes[position]
      guard (1...1 << 20).contains(size) else {
        throw GenomeError("bin_size is \(size); it must be from 1 to 1048576 bases")
      }
      let segmentations = members[name] ?? []
      let cellTypes = segmentations.map { recipe.cellTypes[$0] }
      if let twice = cellTypes.firstRepeated {
        throw GenomeError(
          order.count == 1
            ? "the cell type '\(twice)' is named twice; each needs a name of its own"
            : "the cell type '\(twice)' is named twice in the track \(name); each needs a name of its own"
        )
      }
      tracks.append(
        Track(name: name, binSize: size, segmentations: segmentations, cellTypes: cellTypes))
    }
    self.tracks = tracks
  }
}
