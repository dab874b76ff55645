import Files
import FlowPlugin
import Transformer

/// The weights of the best validation so far, in the scratch directory.
///
/// Each is a directory named by its step, so that a run that goes on from an older checkpoint finds the
/// weights that were best then; what lies ahead of that checkpoint will be written again, with the
/// same bits.
struct BestModel {
  let directory: String

  private func path(_ step: Int) -> String { "\(directory)/step-\(step)" }

  /// Keeps the weights of `step`.
  ///
  /// - Returns: their SHA-256.
  /// - Throws: `FileError`: the disk is full or refuses. What was kept before is then as it was.
  func save(_ model: MaskedLanguageModel, step: Int) throws(FileError) -> String {
    let aside = "\(directory)/unfinished"
    try Path.remove(aside)
    do throws(FileError) {
      try model.save(to: aside, tokenizer: nil)
      try Path.remove(path(step))
      try WholeFile.publish(aside, as: path(step))
      return try hash(step)
    } catch {
      // Its space, on a full disk, may be what a checkpoint needs.
      try? Path.remove(aside)
      throw error
    }
  }

  /// Whether the weights are there, and those that were kept.
  ///
  /// - Throws: `FileError` where they are there and cannot be read.
  func isWhole(_ kept: Course.Best) throws(FileError) -> Bool {
    guard Path.exists(weights(kept.step)) else { return false }
    return try hash(kept.step) == kept.sha256
  }

  /// Puts the weights that were kept into `model`.
  ///
  /// - Throws: `StepFailure` where they are not whole any more.
  func restore(_ model: MaskedLanguageModel, _ kept: Course.Best) throws {
    guard try isWhole(kept) else {
      throw StepFailure(
        .failed,
        "\(weights(kept.step)), the best model, is damaged or gone; the same step, run again, goes on "
          + "from before it")
    }
    try model.replaceWeights(from: path(kept.step))
  }

  /// Removes the weights of steps before `step` that are not in `kept`.
  func removeAll(before step: Int, but kept: Set<Int>) throws(FileError) {
    guard Path.exists(directory) else { return }
    for name in try Path.list(directory) where name.hasPrefix("step-") {
      guard let number = Int(name.dropFirst(5)), number < step, !kept.contains(number) else {
        continue
      }
      try Path.remove(path(number))
    }
  }

  /// Over all files with weights: the head for states has one of its own.
  private func hash(_ step: Int) throws(FileError) -> String {
    var hashes: [String] = []
    for name in try Path.list(path(step)) where name.hasSuffix(".safetensors") {
      hashes.append(try StreamingHash.of(file: "\(path(step))/\(name)"))
    }
    return StreamingHash.sha256(of: hashes.joined(separator: " "))
  }

  private func weights(_ step: Int) -> String { "\(path(step))/model.safetensors" }
}
