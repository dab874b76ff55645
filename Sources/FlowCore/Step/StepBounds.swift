/// What a step's process is born with: its variables, its sandbox, and what must not be seen of it.
struct StepBounds {
  /// `NAME=VALUE`.
  let environment: [String]
  /// nil where it runs without.
  let sandbox: Sandbox?
  /// Takes the step's secrets out of what it tells and prints.
  let redactor: Redactor

  init(_ request: StepRequest) {
    environment = StepEnvironment(request, secrets: request.secrets).entries
    sandbox = request.sandbox
    redactor = Redactor(request.secrets.values)
  }

  /// - Parameter command: the file that bash is given.
  init(_ request: ScriptRequest, command: String) {
    environment = StepEnvironment(request, secrets: request.secrets).entries
    sandbox = request.sandbox(command: command)
    redactor = Redactor(request.secrets.values)
  }
}
