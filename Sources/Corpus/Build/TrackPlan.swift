import DNA
import Genome

/// Which segmentations make which tracks: `CorpusRecipe.tracks` and `binSizes`, checked.
struct TrackPlan {
  /// One track to be made.
  struct Track: Sendable {
    let name: String
    let binSize: Int
    /// The files, looked at but not read.
    let segmentations: SegmentationSet

    var cellTypes: [String] { segmentations.cellTypes }

    /// The files in groups that have no cell type in common, in the order of the files: state-by-line files
    /// and state tables come a chromosome at a time.
    var groups: [[SegmentationSet.Source]] {
      var groups: [[SegmentationSet.Source]] = []
      var group: [Int: Int] = [:]
      for source in segmentations.sources {
        let cells = source.cellTypes.compactMap(\.self)
        // A table may join what was apart.
        let joined = Set(cells.compactMap { group[$0] }).sorted()
        let place = joined.first ?? groups.count
        if joined.isEmpty { groups.append([]) }
        for other in joined.dropFirst() {
          groups[place] += groups[other]
          groups[other] = []
          for (cell, at) in group where at == other { group[cell] = place }
        }
        groups[place].append(source)
        for cell in cells { group[cell] = place }
      }
      return groups.filter { !$0.isEmpty }
    }
  }

  /// In the order in which the recipe first names them.
  let tracks: [Track]

  /// - Parameter paths: of the segmentations.
  /// - Throws: `GenomeError` where the recipe contradicts itself, or a file is no segmentation; `FileError`
  ///   where a file cannot be read.
  init(_ recipe: CorpusRecipe, _ paths: [String]) throws {
    guard recipe.cellTypes.isEmpty || recipe.cellTypes.count == paths.count else {
      throw GenomeError(
        "\(recipe.cellTypes.count) name(s) in cell_types for \(paths.count) segmentation(s) in states; "
          + "name each segmentation's cell type, in the same order")
    }
    guard recipe.tracks.isEmpty || recipe.tracks.count == paths.count else {
      throw GenomeError(
        "\(recipe.tracks.count) name(s) in tracks for \(paths.count) segmentation(s) in states; name each "
          + "segmentation's track, in the same order, or none at all")
    }
    if let bad = recipe.tracks.first(where: { !CorpusManifest.Track.isName($0) }) {
      throw GenomeError(
        "'\(bad.prefix(100))' cannot be the name of a track; use up to 64 letters, digits, '.', '-' and '_'"
      )
    }
    let names =
      recipe.tracks.isEmpty
      ? [String](repeating: CorpusManifest.onlyTrack, count: paths.count) : recipe.tracks
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
    for size in [recipe.binSize] + recipe.binSizes where !(1...1 << 20).contains(size) {
      throw GenomeError("bin_size is \(size); it must be from 1 to 1048576 bases")
    }
    let labels = try recipe.labels.map { try StateLabels(reading: $0) }
    tracks = try order.enumerated().map { position, name in
      let size = recipe.binSizes.isEmpty ? recipe.binSize : recipe.binSizes[position]
      let own = members[name] ?? []
      var options = Segmentation.Options()
      options.binSize = size
      options.labels = labels
      return Track(
        name: name, binSize: size,
        segmentations: try SegmentationSet(
          own.map { paths[$0] },
          cellTypes: recipe.cellTypes.isEmpty ? [] : own.map { recipe.cellTypes[$0] }, options))
    }
    if recipe.labels != nil { try checkLabels() }
  }

  /// Labels are of one model: with two that only number their states, one would get the other's names.
  private func checkLabels() throws(GenomeError) {
    let numbered = tracks.filter { track in
      track.segmentations.sources.contains { $0.segmentation.format != .mnemonics }
    }
    guard numbered.count > 1 else { return }
    throw GenomeError(
      "labels name the states of one model, but \(numbered.count) tracks may number theirs "
        + "(\(numbered.map(\.name).joined(separator: ", "))); write the names into the segmentations of all but one"
    )
  }
}
