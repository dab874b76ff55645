import DNA
import Genome

/// One state id for each token from one track of a corpus, or from several at once.
///
/// Of several tracks every combination of states is a state of its own: with the ids a, b of two tracks and m
/// states of the second, a m + b; its name is both names with a bar between, "7_Enh|4_Enh". A model then learns
/// an embedding for each combination, as it would for the states of one larger segmentation.
struct ChosenTracks: Sendable {
  /// The most combinations: a table of 65,536 embeddings is larger than that of all 6-mers.
  static let most = 1 << 16
  /// The most bases that may lie between two places where bins of all tracks begin.
  static let largestBin = 1 << 40

  let names: [String]
  let stateNames: [String]
  let cellTypes: [String]
  /// Bases in the smallest stretch that is made of whole bins of each track.
  let binSize: Int
  let layers: [StateLayer]

  /// - Parameters:
  ///   - names: of the tracks to read.
  ///   - tracks: of the corpus; none where it has no states.
  /// - Throws: `GenomeError` where a name is unknown or named twice, no cell type is in all of the tracks, or
  ///   there are too many combinations.
  init(_ names: [String], of tracks: [StateTrack]) throws(GenomeError) {
    if let twice = names.firstRepeated {
      throw GenomeError("tracks names '\(twice)' twice")
    }
    var chosen: [StateTrack] = []
    for name in names {
      guard let track = tracks.first(where: { $0.name == name }) else {
        let known = tracks.isEmpty ? "no states" : tracks.map(\.name).joined(separator: ", ")
        throw GenomeError("tracks names '\(name)', which the corpus does not have; it has \(known)")
      }
      chosen.append(track)
    }
    guard let first = chosen.first else {
      self.names = []
      stateNames = [StateNames.none]
      cellTypes = [StateNames.none]
      binSize = 200
      layers = []
      return
    }
    let shared = first.cellTypes.filter { name in
      chosen.allSatisfy { $0.cellTypes.contains(name) }
    }
    guard !shared.isEmpty else {
      throw GenomeError(
        "no cell type has states in all of the tracks \(chosen.map(\.name).joined(separator: ", ")); "
          + "choose one of them")
    }
    // As soon as there are too many: the product of all may be more than a number can hold.
    var (states, bin) = (1, 1)
    for track in chosen {
      states *= track.stateNames.count
      bin = ChosenTracks.leastCommonMultiple(bin, track.binSize)
      guard states <= ChosenTracks.most, bin <= ChosenTracks.largestBin else {
        let names = chosen.map(\.name).joined(separator: ", ")
        throw GenomeError(
          states > ChosenTracks.most
            ? "the tracks \(names) have more than \(ChosenTracks.most) combinations of states; choose fewer tracks"
            : "the bins of the tracks \(names) meet only every \(bin) bases; choose fewer tracks")
      }
    }
    self.names = chosen.map(\.name)
    stateNames = ChosenTracks.combinations(chosen.map(\.stateNames))
    cellTypes = shared
    binSize = bin
    layers = chosen.map { StateLayer($0, cellTypes: shared) }
  }

  /// All combinations of names, the last list's running fastest.
  private static func combinations(_ lists: [[String]]) -> [String] {
    if lists.count == 1 { return lists[0] }
    var names = [""]
    for list in lists {
      names = names.flatMap { before in
        list.map { before.isEmpty ? $0 : "\(before)|\($0)" }
      }
    }
    // No state in any of the tracks is no state.
    names[0] = StateNames.none
    return names
  }

  private static func leastCommonMultiple(_ one: Int, _ other: Int) -> Int {
    var (a, b) = (one, other)
    while b != 0 { (a, b) = (b, a % b) }
    return one / a * other
  }
}
