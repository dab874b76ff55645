import Files

/// What the store has under a key.
enum ResultState {
  /// Nothing was ever made, or it is forgotten.
  case unknown
  case whole([String: StoredOutput])
  case spoiled(LostResult)
  /// It is whole, but the ledger does not know it; paths from the state directory on.
  case unlisted([(name: String, path: String, artifact: Artifact)])
}

extension ResultStore {
  /// Looks whether every output under a key is there with the content it had when it was made; changes nothing.
  func examine(_ key: String) throws -> ResultState {
    guard let durability = try ledger.durability(ofResult: key) else { return recorded(key) }
    let listed = try ledger.outputs(ofKey: key)
    guard try isComplete(listed, key) else { return recorded(key) }
    var outputs: [String: StoredOutput] = [:]
    for output in listed {
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

  /// Whether the outputs that the ledger lists are those that were made.
  private func isComplete(_ listed: [ArtifactRecord], _ key: String) throws -> Bool {
    if let digest = try ledger.digest(ofResult: key) {
      return digest == Ledger.digest(of: listed.map { ($0.name, $0.path, $0.sha256) })
    }
    let outputs = "\(state.relativeStep(key))/outputs/"
    let record = ResultRecord(
      listed.filter { $0.path.hasPrefix(outputs) }.map {
        .init(name: $0.name, path: String($0.path.dropFirst(outputs.count)), sha256: $0.sha256)
      })
    return ResultRecord(in: state.step(key)) == record
  }

  /// What stands in the store although the ledger does not say so. Nothing about it is taken on trust.
  private func recorded(_ key: String) -> ResultState {
    guard let record = ResultRecord(in: state.step(key)) else { return .unknown }
    var made: [(name: String, path: String, artifact: Artifact)] = []
    for output in record.outputs {
      let path = "\(state.relativeStep(key))/outputs/\(output.path)"
      guard
        let artifact = try? ledger.artifact(
          at: "\(state.path)/\(path)", allowLinks: false, rereads: true),
        artifact.sha256 == output.sha256
      else { return .unknown }
      made.append((output.name, path, artifact))
    }
    return .unlisted(made)
  }
}
