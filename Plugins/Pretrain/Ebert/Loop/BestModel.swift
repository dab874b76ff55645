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
  func save(_ model: MaskedLanguageModel, step: Int) throws -> String {
    let aside = "\(directory)/unfinished"
    try Path.remove(aside)
    try Path.remove(path(step))
    try model.save(to: aside, vocabulary: nil)
    try WholeFile.publish(aside, as: path(step))
    return try hash(step)
  }

  /// Puts the weights of `step` into `model`.
  ///
  /// - Throws: `StepFailure` where they are not those with this SHA-256.
  func restore(_ model: MaskedLanguageModel, step: Int, sha256: String) throws {
    guard Path.exists(weights(step)), try hash(step) == sha256 else {
      throw StepFailure(
        .failed,
        "\(weights(step)), the best model, is damaged or gone; remove \(Path.parent(directory)) to train "
          + "anew")
    }
    try model.replaceWeights(from: path(step))
  }

  /// Removes the weights of steps before `step` that are not in `kept`.
  func removeAll(before step: Int, but kept: Set<Int>) throws {
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
