import Files
import FlowPlugin
import Transformer

/// The model card of a fine-tuned model.
struct BindingCard {
  let task: BindingTask
  let parameters: Binding.Parameters
  let outcome: BindingTraining.Outcome
  /// Added to the model's log odds to turn them into those at the base rate of the training regions.
  let priorShift: Double

  /// - Parameter step: for its parameters as they were given.
  func card(_ step: Step) throws -> ModelCard {
    let corpus = task.corpus
    let cellType = corpus.cellTypes[task.reader.cellType]
    var limits = [
      "It knows one factor in one cell type, and no sequence beside the training regions.",
      "Its log odds are those of a training in which for each bound bin \(parameters.negativesPerPositive) "
        + "unbound ones were shown; add \(priorShift) for the base rate of the training regions.",
    ]
    if !parameters.useStates {
      limits.append("It was not told the chromatin states: all token_type_ids must be 0.")
    }
    let results = outcome.bestArea.map {
      [
        ModelCard.Result(
          name: "area under the precision-recall curve", metric: "auprc",
          data: "validation regions", value: $0)
      ]
    }
    return ModelCard(
      title: "EBERT, fine-tuned to predict binding in \(cellType)",
      summary: """
        A BERT over DNA and chromatin states (EBERT, [Trotter et al. 2021](https://arxiv.org/abs/2112.07571)), \
        fine-tuned to tell bins of \(parameters.bin) bases that a transcription factor binds from those that it does \
        not. These are the weights after step \(outcome.bestStep).
        """,
      corpus: try corpus.facts().map { ModelCard.Fact(name: $0.name, text: $0.text) },
      parameters: try JSON(parsing: step.parameters).object ?? [:], results: results ?? [],
      limits: limits)
  }
}
