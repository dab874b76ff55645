import Corpus
import FlowPlugin
import Genome

extension Ebert {
  /// Masked windows of some regions and cell types.
  ///
  /// - Parameter name: of the regions, for the error.
  func windows(
    _ corpus: Corpus, _ regions: [Region], _ cellTypes: [Int], _ purpose: MaskedWindows.Purpose,
    _ name: String
  ) throws(StepFailure) -> MaskedWindows {
    try parameters.windows.windows(corpus, regions, cellTypes, purpose, name)
  }

  /// The sets on which the model is judged: empty where validation is switched off, or where the corpus
  /// has no regions for it and no cell type is held out.
  func validation(
    _ step: Step, _ corpus: Corpus, _ cellTypes: CellTypeSplit
  ) throws(StepFailure) -> [ValidationSet] {
    if parameters.validationEvery == 0 || parameters.validationWindows == 0 { return [] }
    if corpus.validation.isEmpty {
      step.warn("the corpus has no validation regions: the loss on unseen sequence is not measured")
    }
    if !cellTypes.heldOut.isEmpty, !parameters.useStates {
      step.warn(
        "use_states is false: the model cannot tell cell types apart, held out or not")
    }
    var sets: [ValidationSet] = []
    for kind in ValidationSet.Kind.allCases {
      let regions = kind == .cellTypes ? corpus.training : corpus.validation
      let drawn = kind == .regions ? cellTypes.training : cellTypes.heldOut
      if regions.isEmpty || drawn.isEmpty { continue }
      let windows = try windows(
        corpus, regions, drawn, kind.purpose, kind == .cellTypes ? "training" : "validation")
      try checkHidden(windows, kind)
      sets.append(ValidationSet(kind: kind, windows: windows))
    }
    if sets.isEmpty, parameters.patience > 0 {
      throw StepFailure(
        .invalid,
        "patience (\(parameters.patience)) counts validations, but the corpus has no validation regions and "
          + "validation_cell_types holds none out; make the corpus with validation regions, or set "
          + "patience to 0")
    }
    return sets
  }

  /// A loss over no tokens would be the best of all.
  private func checkHidden(
    _ windows: MaskedWindows, _ kind: ValidationSet.Kind
  ) throws(StepFailure) {
    let all = StepSlice(step: 0, first: 0, count: parameters.validationWindows)
    let hidesSome = all.parts(of: parameters.windowsAtOnce).contains {
      !windows.batch($0).scored.rows.isEmpty
    }
    if !hidesSome {
      throw StepFailure(
        .invalid,
        "no token is masked in the \(parameters.validationWindows) validation windows (\(kind.title)), so that there "
          + "is no loss to judge by; set validation_windows, mask_rate or length higher")
    }
  }
}
