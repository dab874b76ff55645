import ArgumentParser
import FlowCore

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of workflow files, for editors.",
    discussion: """
      With the first line of a workflow
        # yaml-language-server: $schema=workflow.schema.json
      an editor with a YAML language server completes and checks it as it is written.
      """)

  func run() { Terminal.write(WorkflowSchema.json.prettyText, to: .standardOutput) }
}
