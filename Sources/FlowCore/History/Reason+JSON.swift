import Files

extension Reason {
  /// The word for the reason in JSON.
  public var word: String {
    switch self {
    case .reused: "reused"
    case .new: "new"
    case .changed: "changed"
    case .lost(let loss): loss.cause.rawValue
    case .unfinished(let step): step.status.rawValue
    case .forgotten: "forgotten"
    case .waits: "waits"
    case .blocked: "blocked"
    }
  }

  /// All of it, for programs.
  ///
  /// - Parameter name: of the step.
  public func json(of name: String) -> JSON {
    var object: [String: JSON] = [
      "reason": .string(word), "summary": .string(summary(of: name)),
    ]
    switch self {
    case .reused(let step), .unfinished(let step), .forgotten(let step):
      object["step"] = .string(step.name)
      object["run"] = .string(step.run)
      object["message"] = step.message.map { .string($0) }
    case .changed(let step, let changes):
      object["step"] = .string(step.name)
      object["run"] = .string(step.run)
      object["changes"] = .array(changes.map(\.json))
    case .lost(let loss):
      object["output"] = loss.output.map { .string($0) }
      object["path"] = loss.path.map { .string($0) }
      object["expected"] = loss.expected.map { .string($0) }
      object["found"] = loss.found.map { .string($0) }
    case .waits(let steps): object["after"] = .array(steps.map { .string($0) })
    case .new, .blocked: break
    }
    return .object(object)
  }
}

extension StepChange {
  var json: JSON {
    [
      "step": .string(step),
      "differences": .array(
        differences.map { change in
          var object = change.difference.json
          switch change.origin {
          case .here: break
          case .changed(let step): object["changed_by"] = .string(step)
          case .madeAgain(let step): object["made_again_by"] = .string(step)
          }
          if !change.files.isEmpty { object["files"] = .array(change.files.map(\.json)) }
          return .object(object)
        }),
    ]
  }
}

extension StepChange.FileChange {
  var json: JSON {
    [
      "path": .string(path), "old": old.map { .string($0) } ?? .null,
      "new": new.map { .string($0) } ?? .null,
    ]
  }
}

extension Difference {
  /// `part`, `name` where the part has several, `old` and `new`; of an input also the paths.
  public var json: [String: JSON] {
    switch self {
    case .operation(let old, let new):
      ["part": "operation", "old": .string(old), "new": .string(new)]
    case .version(let old, let new): ["part": "version", "old": .string(old), "new": .string(new)]
    case .library(let old, let new): ["part": "library", "old": .string(old), "new": .string(new)]
    case .script(let lines):
      [
        "part": "script",
        "lines": .array(lines.map { .string("\($0.kind.rawValue)\($0.text)") }),
      ]
    case .parameter(let name, let old, let new):
      ["part": "parameter", "name": .string(name), "old": old ?? .null, "new": new ?? .null]
    case .other(let name, let old, let new):
      ["part": .string(name), "old": old ?? .null, "new": new ?? .null]
    case .order(let name): ["part": "order", "name": .string(name)]
    case .inputName(let name, let old, let new):
      ["part": "input name", "name": .string(name), "old": .string(old), "new": .string(new)]
    case .input(let name, let old, let new):
      [
        "part": "input", "name": .string(name),
        "old": old.map { .string($0.sha256) } ?? .null,
        "new": new.map { .string($0.sha256) } ?? .null,
        "old_path": old.map { .string($0.path) } ?? .null,
        "new_path": new.map { .string($0.path) } ?? .null,
      ]
    }
  }
}
