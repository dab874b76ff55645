import Corpus
import FlowPlugin

/// Which cell types of a corpus training draws, and which are held out; positions in its list.
struct CellTypeSplit: Equatable {
  let training, heldOut: [Int]

  /// - Parameter names: of the held-out cell types.
  /// - Throws: `StepFailure`, invalid where a name is unknown or none is left to train on.
  init(_ corpus: Corpus, heldOut names: [String]) throws(StepFailure) {
    let known = corpus.cellTypes
    for name in names where !known.contains(name) {
      throw StepFailure(
        .invalid,
        "validation_cell_types: the corpus has no cell type '\(name)'; it has \(CellTypeSplit.list(known))"
      )
    }
    training = known.indices.filter { !names.contains(known[$0]) }
    heldOut = known.indices.filter { names.contains(known[$0]) }
    if training.isEmpty {
      throw StepFailure(
        .invalid,
        "validation_cell_types names every cell type of the corpus (\(CellTypeSplit.list(known))): none is "
          + "left to train on")
    }
  }

  /// The first 20 names.
  private static func list(_ names: [String]) -> String {
    let more = names.count > 20 ? " and \(names.count - 20) more" : ""
    return names.prefix(20).joined(separator: ", ") + more
  }
}
