import Files

/// A plan in which every step only makes what it declares: a workflow's wires are tried in seconds.
extension Plan {
  /// The plan with each step replaced by the script that its `stub:` gives, or by one that makes empty outputs, and in
  /// directories the files that later steps ask for.
  public func stubbed() -> Plan {
    let wanted = wantedInside()
    var plan = self
    plan.isStub = true
    var stubs: [Kind: Step] = [:]
    for position in tasks.indices {
      let task = tasks[position]
      let kind = Kind(step: task.step, wanted: wanted[position] ?? [])
      let stub = stubs[kind] ?? standIn(for: task.shared, kind.wanted)
      stubs[kind] = stub
      plan.tasks[position].shared = stub
    }
    return plan
  }

  /// A path inside an output that is a directory.
  private struct Inner: Hashable {
    let output: String
    let path: String
    let isDirectory: Bool
  }

  /// Tasks of a step of which the same is wanted have the same stub.
  private struct Kind: Hashable {
    let step: String
    let wanted: Set<Inner>
  }

  private func standIn(for step: Step, _ wanted: Set<Inner>) -> Step {
    let operation = step.declaration.operation
    var policy = StepPolicy()
    policy.retries = step.policy.retries
    policy.onFailure = step.policy.onFailure
    policy.executor = "local"
    policy.slurm = step.policy.slurm
    policy.confinement = step.policy.confinement
    policy.secrets = step.policy.secrets
    return Step(
      id: step.id,
      Declaration(
        program: .script(step.stub ?? emptyOutputs(of: operation, wanted)), operation: operation),
      policy: Policy(policy), optionalInputs: step.optionalInputs,
      stub: step.stub)
  }

  /// What other tasks and the results name inside the outputs of each task.
  private func wantedInside() -> [Int: Set<Inner>] {
    var wanted: [Int: Set<Inner>] = [:]
    func note(_ source: PlannedSource, _ type: Manifest.FileType) {
      guard case .output(let task, let name, let subpath?) = source else { return }
      wanted[task, default: []].insert(
        Inner(output: name, path: subpath, isDirectory: type == .directory))
    }
    for task in tasks {
      for axis in task.axes where axis.absence == .awaited {
        // One file for the pattern, so that there is something to run over.
        guard case .output(let maker, let name, let pattern?)? = axis.source else { continue }
        let path = pattern.replacing("*", with: "stub").replacing("?", with: "s")
        note(.output(task: maker, name: name, subpath: path), .file)
      }
      for input in task.inputs {
        for source in input.sources {
          note(source, task.operation.input(input.name)?.type ?? .file)
        }
      }
    }
    for output in outputs { note(output.source, .file) }
    return wanted
  }

  private func emptyOutputs(of operation: Manifest.Operation, _ inner: Set<Inner>) -> ShellScript {
    var lines: [String] = []
    for output in operation.outputs {
      let variable = "\"$\(ShellScript.variable(output.name))\""
      lines.append(output.type == .directory ? "mkdir -p \(variable)" : ": > \(variable)")
    }
    for one in inner.sorted(by: { ($0.output, $0.path) < ($1.output, $1.path) }) {
      let place = "\"$\(ShellScript.variable(one.output))\"/\(ShellQuoting.quote(one.path))"
      lines.append(
        one.isDirectory
          ? "mkdir -p \(place)"
          : "mkdir -p \"$(dirname \(place))\"; [ -e \(place) ] || : > \(place)")
    }
    return ShellScript(text: lines.joined(separator: "\n") + "\n")
  }
}
