import Corpus
import Files
import FlowPlugin

/// The losses of the model that is written, by validation set, chromatin state and cell type.
struct ValidationReport {
  let sets: [ValidationSet]
  /// As long as `sets`.
  let losses: [ValidationLosses]
  let corpus: Corpus

  /// For `summary.json`.
  var json: JSON {
    var object: [String: JSON] = [:]
    for (set, losses) in zip(sets, losses) {
      var members: [String: JSON] = [
        "loss": .number(losses.all.mean), "masked_tokens": .integer(losses.all.count),
        "by_state": named(losses.byState, corpus.stateNames),
        "by_cell_type": named(losses.byCellType, corpus.cellTypes),
      ]
      if losses.states.count > 0 {
        members["state_loss"] = .number(losses.states.mean)
        members["masked_bins"] = .integer(losses.states.count)
      }
      object[set.kind.summaryKey] = .object(members)
    }
    return .object(object)
  }

  private func named(_ means: [Int: ValidationLosses.Mean], _ names: [String]) -> JSON {
    var object: [String: JSON] = [:]
    for (id, mean) in means {
      // A damaged corpus may hold a state that has no name.
      let name = names.indices.contains(id) ? names[id] : "\(id)"
      object[name] = ["loss": .number(mean.mean), "masked_tokens": .integer(mean.count)]
    }
    return .object(object)
  }

  /// Records a table by state and one by cell type.
  func record(_ step: Step) {
    guard !sets.isEmpty else { return }
    step.record(
      "table:validation_by_state",
      table("Validation loss by chromatin state", "state", corpus.stateNames, \.byState))
    step.record(
      "table:validation_by_cell_type",
      table("Validation loss by cell type", "cell type", corpus.cellTypes, \.byCellType))
  }

  /// A row for each name that a masked token lies in, and one for all; two columns for each set.
  private func table(
    _ title: String, _ what: String, _ names: [String],
    _ part: KeyPath<ValidationLosses, [Int: ValidationLosses.Mean]>
  ) -> JSON {
    let columns =
      [JSON.string(what)] + sets.flatMap { [.string($0.kind.title), "masked tokens"] }
    let present = names.indices.filter { id in losses.contains { $0[keyPath: part][id] != nil } }
    let rows =
      present.map { id in row(names[id], losses.map { $0[keyPath: part][id] }) }
      + [row("all", losses.map(\.all))]
    return [
      "title": .string(title), "columns": .array(columns), "rows": .array(rows),
      "note": "Mean cross entropy in nats per masked token, of the model that is written.",
    ]
  }

  private func row(_ name: String, _ means: [ValidationLosses.Mean?]) -> JSON {
    .array(
      [.string(name)]
        + means.flatMap { mean -> [JSON] in
          guard let mean else { return [.null, 0] }
          return [.number(mean.mean), .integer(mean.count)]
        })
  }
}
