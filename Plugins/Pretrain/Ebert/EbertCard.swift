import Corpus
import Files
import FlowPlugin
import Glibc
import Transformer

/// The model card of a pretrained EBERT.
struct EbertCard {
  /// Rows of the table of losses, at most.
  private static let rows = 20

  let corpus: Corpus
  let parameters: EbertParameters
  let course: Course
  /// The step whose weights are written.
  let written: Int

  /// - Parameter step: for its parameters as they were given.
  func card(_ step: Step) throws -> ModelCard {
    let given = try JSON(parsing: step.parameters).object ?? [:]
    let states =
      parameters.useStates && corpus.stateNames.count > 1
      ? " and the chromatin states of the cell type around them"
      : ""
    var limits = [
      "It was trained on \(corpus.cellTypes.count) cell type\(corpus.cellTypes.count == 1 ? "" : "s") and on the "
        + "training regions above; of other sequence and other cell types it knows what is alike."
    ]
    if !parameters.useStates {
      limits.append("It was not told the chromatin states: all token_type_ids must be 0.")
    }
    if parameters.stateMaskRate > 0 {
      limits.append(
        "State \(corpus.stateNames.count) is [MASK], what stands where a state is not told. The head that guesses "
          + "states is in state_head.safetensors and beyond transformers.")
    }
    return ModelCard(
      title: "EBERT, pretrained by masked language modelling",
      summary: """
        A BERT over DNA (EBERT, [Trotter et al. 2021](https://arxiv.org/abs/2112.07571)), trained to guess hidden \
        k-mers from the sequence\(states). These are the weights after step \(written).
        """,
      corpus: try corpus.facts().map { ModelCard.Fact(name: $0.name, text: $0.text) },
      parameters: given, results: results,
      tables: course[.training].isEmpty ? [] : [losses], limits: limits)
  }

  private static let measured: [(curve: Course.Curve, data: String)] = [
    (.training, "training"), (.validation, "validation regions"),
    (.validationCellTypes, "held-out cell types"),
    (.validationBoth, "validation regions in held-out cell types"),
  ]

  private var results: [ModelCard.Result] {
    EbertCard.measured.dropFirst().compactMap { curve, data in
      course[curve].last { $0.step <= written }.map {
        ModelCard.Result(
          name: "cross entropy in nats per masked token", metric: "cross_entropy", data: data,
          value: $0.value)
      }
    }
  }

  /// Some steps, evenly, the last among them; a validation loss stands beside the next step shown.
  private var losses: ModelCard.Table {
    let points = course[.training]
    let every = max(1, (points.count + EbertCard.rows - 1) / EbertCard.rows)
    let chosen = points.enumerated()
      .filter { ($0.offset + 1) % every == 0 || $0.offset == points.count - 1 }.map(\.element)
    let present = EbertCard.measured.filter { !course[$0.curve].isEmpty }
    let rows = chosen.map { point -> [JSON] in
      [.integer(point.step)]
        + present.map { curve, _ in
          guard let last = course[curve].last(where: { $0.step <= point.step }) else {
            return .null
          }
          return .string(Rounded.text(last.value))
        }
    }
    return ModelCard.Table(
      title: "Course of the loss", columns: ["step"] + present.map(\.data), rows: rows,
      note: "Mean cross entropy in nats per masked token; a guess among all k-mers costs "
        + "\(Rounded.text(log(Double(corpus.tokenizer.count) - 5))).")
  }
}
