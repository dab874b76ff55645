import Files

/// What the store has under a key.
enum ResultState: Equatable {
  /// Nothing was ever made, or it is forgotten.
  case unknown
  case whole([String: StoredOutput])
  case spoiled(LostResult)
}

extension ResultStore {
  /// Looks whether every output under a key is there with the content it had when it was made; changes nothing.
  func examine(_ key: String) throws -> ResultState {
    guard let durability = try ledger.durability(ofResult: key) else { return .unknown }
    var outputs: [String: StoredOutput] = [:]
    for output in try ledger.outputs(ofKey: key) {
      let path = "\(state.path)/\(output.path)"
      var loss = LostResult(
        key: key, cause: .missing, output: output.name, path: output.path,
        expected: output.sha256)
      // What was made before the machine went down, or by another machine that did.
      if durability == .unsure { loss.cause = .unsaved }
      // A file that cannot be read now is no reason to forget hours of work: that error is the caller's.
      guard try Path.kind(path) != nil else { return .spoiled(loss) }
      let found = try ledger.artifact(
        at: path, allowLinks: false, rereads: durability == .unsure)
      guard found.sha256 == output.sha256 else {
        if durability != .unsure { loss.cause = .changed }
        loss.found = found.sha256
        if let file = try ledger.changedEntry(of: output.sha256, in: found) {
          loss.path = "\(output.path)/\(file.path)"
          loss.expected = file.expected
          loss.found = file.found
          if file.found == nil && durability != .unsure { loss.cause = .missing }
        }
        return .spoiled(loss)
      }
      outputs[output.name] = StoredOutput(path: path, sha256: output.sha256)
    }
    return .whole(outputs)
  }
}
