import Files
import FlowCore

/// What the workflow file says beyond what its steps did: its description, the meaning of its parameters, and what is
/// connected with what. Read from the text that the ledger keeps; a text that this flow cannot read any more (or not
/// yet) has no facts, and exports are then without them.
struct WorkflowFacts {
  var description = ""
  var parameters: [Manifest.Parameter] = []
  /// Names of what is copied to the results directory, and where each comes from.
  var outputs: [Output] = []
  var connections: [Connection] = []

  struct Output {
    var name: String
    var from: Endpoint?
    /// Where in a directory it lies; nil where it is the whole output, or where a parameter decides it.
    var subpath: String?
  }

  /// Something with a value: of the workflow, or of one of its steps.
  enum Endpoint: Hashable {
    case workflowInput(String)
    case workflowParameter(String)
    case stepOutput(step: String, name: String)
  }

  /// What flows into a step.
  struct Connection {
    var step: String
    /// Whether `name` is an input or a parameter of the step.
    var isInput: Bool
    var name: String
    var from: Endpoint
  }

  init(_ history: RunHistory) {
    guard
      let workflow = try? WorkflowParser.parse(text: history.source, file: history.run.file)
    else { return }
    description = workflow.description
    parameters = workflow.parameters
    outputs = workflow.outputs.map { output in
      let subpath = output.source.subpath.flatMap {
        $0.references.isEmpty ? $0.text { _ in nil } : nil
      }
      return Output(
        name: output.name, from: Self.endpoint(output.source), subpath: subpath)
    }
    for step in workflow.steps {
      for input in step.inputs {
        for from in input.sources.compactMap(Self.endpoint) {
          connections.append(
            Connection(step: step.id, isInput: true, name: input.name, from: from))
        }
      }
      for parameter in step.parameters {
        for name in Self.parameters(in: parameter.value) {
          connections.append(
            Connection(
              step: step.id, isInput: false, name: parameter.name, from: .workflowParameter(name)))
        }
      }
    }
  }

  private static func endpoint(_ source: Source) -> Endpoint? {
    switch source.origin {
    case .input(let name): .workflowInput(name)
    case .step(let id, let output): .stepOutput(step: id, name: output)
    case .path: nil
    }
  }

  private static func parameters(in value: Value) -> [String] {
    switch value.kind {
    case .reference(.parameter(let name)): [name]
    case .template(let template):
      template.references.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    case .list(let values): values.flatMap(parameters)
    default: []
    }
  }
}
