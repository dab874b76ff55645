import ArgumentParser
import FlowCore

/// Options of commands that run steps: what these may reach, and the secrets that they get.
struct SafetyOptions: ParsableArguments {
  @Flag(help: "Let steps read and write whatever you can (docs/safety.md).")
  var noSandbox = false

  @Option(
    help: ArgumentHelp(
      "Secrets that steps name, as lines NAME=VALUE, in a file that only you can read.",
      valueName: "file"))
  var secretsFile: String?

  var sandbox: SandboxPolicy { SandboxPolicy(isRefused: noSandbox) }

  func secrets() throws -> Secrets { try secretsFile.map { try Secrets(file: $0) } ?? Secrets() }
}
