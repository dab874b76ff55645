import Corpus
import Files
import FlowPlugin
import Transformer

extension Trainer {
  /// The failure that ends a run at a step that went wrong, after its windows have been written down.
  func failure(
    _ divergence: Divergence, _ prepared: PreparedStep, _ loss: Double, _ learningRate: Double
  ) throws -> StepFailure {
    let diverged = DivergedStep(
      divergence, step: prepared.step, loss: loss, learningRate: learningRate,
      windows: try windowsOfAllRanks(prepared.step, try prepared.parts.flatMap(windowLosses)),
      bases: training.corpus.bases(forTokens: parameters.length), corpus: training.corpus)
    let path = "\(scratch)/diverged-step.json"
    let problem = try fromRankZero {
      do throws(FileError) {
        try WholeFile.write(diverged.json.prettyText, to: path)
        return ""
      } catch { return error.description }
    }
    let place = problem.isEmpty ? "all in \(path)" : "all could not be written down (\(problem))"
    let advice = diverged.advice(kept: saved.last?.step, scratch: scratch)
    return StepFailure(.failed, "\(diverged.text); \(place); \(kept); \(advice)")
  }

  /// Which checkpoint is left, in words.
  var kept: String {
    saved.last.map { "the checkpoint of step \($0.step) is kept" }
      ?? "there is no checkpoint before it"
  }

  /// After the last step, whose result no later loss judges.
  func checkWeights() throws(StepFailure) {
    guard model.parameters.isFinite else {
      throw StepFailure(
        .failed,
        "after step \(optimizer.steps) some weights are not numbers: training diverged; \(kept); choose "
          + "a smaller learning_rate, more warmup_steps or a clip_norm, which begins anew")
    }
  }

  /// By window: the mean loss of its masked tokens with the weights before the step, without dropout.
  private func windowLosses(
    _ batch: MaskedBatch
  ) throws -> [(window: WindowSampler.Window, loss: Double)] {
    let losses = try model.losses(batch.batch, scored: batch.scored)
    var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: batch.windows.count)
    for (row, loss) in zip(batch.scored.rows, losses) {
      sums[Int(row) / batch.batch.length].sum += Double(loss)
      sums[Int(row) / batch.batch.length].count += 1
    }
    return zip(batch.windows, sums).map { ($0, $1.sum / Double(max(1, $1.count))) }
  }
}
