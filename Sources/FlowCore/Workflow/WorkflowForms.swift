import Files

/// The fields of a workflow file, kind by kind: the parser takes these and no others, and `WorkflowSchema` is
/// made from them.
enum WorkflowForms {
  private static let text: JSON = ["type": "string"]
  private static let count: JSON = ["type": "integer", "minimum": 1]
  private static let switchable: JSON = ["type": "boolean"]
  private static let anything: JSON = [:]

  /// The schema of what is defined under a name.
  private static func ref(_ name: String) -> JSON {
    ["$ref": .string("#/$defs/\(name)")]
  }

  /// A mapping whose names are free and whose values are all of one kind.
  private static func mapping(_ values: JSON) -> JSON {
    ["type": "object", "additionalProperties": values]
  }

  private static func list(_ items: JSON) -> JSON { ["type": "array", "items": items] }

  static let workflow = Form(
    name: "workflow",
    fields: [
      .init(
        name: "flow", help: "The version of this format: 1.", schema: ["const": 1],
        isRequired: true),
      .init(
        name: "name", help: "Letters, digits, '_' and '-'; results go to results/NAME.",
        schema: ["type": "string", "pattern": "^[A-Za-z0-9_-]+$"], isRequired: true),
      .init(name: "description", help: "What it is for.", schema: text),
      .init(
        name: "inputs", help: "Files that it reads, by name.", schema: mapping(ref("input"))),
      .init(
        name: "params", help: "Its parameters, by name: $params.NAME.",
        schema: mapping(ref("parameter"))),
      .init(
        name: "env",
        help: "The variables of the environment that it may use, and no others: $env.NAME.",
        schema: list(text)),
      .init(
        name: "defaults", help: "How steps are run that do not say otherwise.",
        schema: ref("policy")),
      .init(
        name: "profiles", help: "Named settings, chosen with --profile.",
        schema: mapping(ref("profile"))),
      .init(
        name: "steps", help: "What it does, step by step; references decide the order.",
        schema: mapping(ref("step")), isRequired: true),
      .init(
        name: "outputs", help: "What is copied to the results directory, by its name there.",
        schema: mapping(text)),
    ])

  static let input = Form(
    name: "input",
    fields: [
      .init(name: "path", help: "From the workflow's directory.", schema: text),
      .init(name: "optional", help: "Whether the workflow can do without.", schema: switchable),
      .init(name: "help", help: "What it is.", schema: text),
    ])

  static let parameter = Form(
    name: "parameter",
    fields: [
      .init(
        name: "type", help: "The type of its values.",
        schema: ["enum": .array(ParameterType.names.map { .string($0) })], isRequired: true),
      .init(
        name: "of", help: "The type of a list's elements.",
        schema: ["enum": .array(ParameterType.names.dropLast().map { .string($0) })]),
      .init(name: "default", help: "Its value where none is given.", schema: anything),
      .init(name: "required", help: "Whether a value must be given.", schema: switchable),
      .init(name: "optional", help: "Whether it may stay without a value.", schema: switchable),
      .init(name: "choices", help: "The values it may have.", schema: ["type": "array"]),
      .init(name: "min", help: "The least number.", schema: ["type": "number"]),
      .init(name: "max", help: "The largest number.", schema: ["type": "number"]),
      .init(name: "unit", help: "The unit of its values.", schema: text),
      .init(name: "help", help: "What it is.", schema: text),
    ])

  static let policyFields: [Form.Field] = [
    .init(
      name: "resources", help: "What a step may use of the machine.", schema: ref("resources")),
    .init(
      name: "retries", help: "How often a step that failed is tried again.",
      schema: ["anyOf": [["type": "integer", "minimum": 0, "maximum": 10], ref("retries")]]),
    .init(
      name: "on-failure",
      help: "When a step fails: 'stop' the run, 'finish' what does not need it, or 'ignore' it.",
      schema: ["enum": .array(FailurePolicy.allCases.map { .string($0.rawValue) })]),
    .init(
      name: "executor", help: "What runs the step.",
      schema: ["enum": .array(PolicyParser.executors.map { .string($0) })]),
    .init(name: "slurm", help: "How the step is submitted to Slurm.", schema: ref("slurm")),
    .init(name: "network", help: "Whether it may connect to other machines.", schema: switchable),
    .init(
      name: "sandbox",
      help: "What it may reach beyond its inputs and outputs; false lets it reach all.",
      schema: ["anyOf": [switchable, ref("sandbox")]]),
    .init(
      name: "secrets",
      help: "Variables from the environment or --secrets-file that are never recorded.",
      schema: list(["type": "string", "pattern": "^[A-Z_][A-Z0-9_]*$"])),
  ]

  static let policy = Form(name: "policy", fields: policyFields)

  static let profile = Form(
    name: "profile",
    fields: [
      .init(
        name: "params", help: "Values of the workflow's parameters.", schema: mapping(anything)),
      .init(name: "inputs", help: "Paths of the workflow's inputs.", schema: mapping(text)),
      .init(
        name: "steps", help: "How single steps are run.", schema: mapping(ref("policy"))),
    ] + policyFields)

  static let step = Form(
    name: "step",
    fields: [
      .init(
        name: "use", help: "PLUGIN/OPERATION, or the path of another workflow: ./qc.yaml.",
        schema: text),
      .init(
        name: "shell",
        help: "A script for bash; inputs, parameters and outputs are its variables.", schema: text),
      .init(
        name: "stub", help: "A script that stands in for the step under --stub.", schema: text),
      .init(
        name: "foreach", help: "What it runs over: one task for each combination.",
        schema: mapping(ref("axis"))),
      .init(
        name: "when", help: "What must hold, or it is left out.", schema: ref("when")),
      .init(
        name: "inputs", help: "Files that it reads: paths or references.",
        schema: mapping(ref("sources"))),
      .init(
        name: "with", help: "The values of its parameters.", schema: mapping(anything)),
      .init(
        name: "outputs", help: "Files that a script makes, by the names of their variables.",
        schema: mapping(["anyOf": [text, ref("output")]])),
    ] + policyFields)

  static let output = Form(
    name: "output",
    fields: [
      .init(name: "path", help: "Its name in the step's directory.", schema: text),
      .init(
        name: "type", help: "What it is: a file unless said otherwise.",
        schema: ["enum": ["file", "directory"]]),
      .init(name: "format", help: "A word that the input it feeds must share.", schema: text),
      .init(name: "optional", help: "Whether it may be missing.", schema: switchable),
    ])

  static let stepInput = Form(
    name: "stepInput",
    fields: [
      .init(
        name: "from", help: "A path or a reference, or a list of them.",
        schema: ["anyOf": [text, list(text)]], isRequired: true),
      .init(
        name: "optional", help: "Whether the script can do without: its variable is then empty.",
        schema: switchable),
    ])

  static let axis = Form(
    name: "axis",
    fields: [
      .init(
        name: "files",
        help: "Files that a pattern with * and ? matches, sorted; or $steps.STEP.OUTPUT/*.bed.",
        schema: text),
      .init(
        name: "table",
        help: "A CSV or TSV file, or a step's output: a row each, $each.NAME.COLUMN.",
        schema: text),
      .init(
        name: "zip", help: "Lists of one length: the first of each, the second of each …",
        schema: mapping(["anyOf": [["type": "array"], text]])),
    ])

  static let resources = Form(
    name: "resources",
    fields: [
      .init(name: "cpus", help: "Processor cores, and threads of the step.", schema: count),
      .init(
        name: "memory", help: "'4 GB'; a step that uses more is ended.",
        schema: ["anyOf": [text, ["type": "integer"], ref("amount")]]),
      .init(
        name: "time", help: "'30m'; a step that takes longer is stopped.",
        schema: ["anyOf": [text, ["type": "integer"], ref("amount")]]),
      .init(
        name: "gpus", help: "GPUs, which it alone has.",
        schema: ["type": "integer", "minimum": 0]),
    ])

  static let amount = Form(
    name: "amount",
    fields: [
      .init(
        name: "start", help: "The amount of the first attempt.",
        schema: ["type": ["string", "integer"]],
        isRequired: true),
      .init(
        name: "factor",
        help: "By how much more an attempt gets after one for which it was too little.",
        schema: ["type": "number", "exclusiveMinimum": 1]),
      .init(
        name: "most", help: "The most that an attempt gets.",
        schema: ["type": ["string", "integer"]]),
      .init(
        name: "enforce", help: "false: 'memory' only decides what runs side by side.",
        schema: switchable),
    ])

  static let retries = Form(
    name: "retries",
    fields: [
      .init(
        name: "times", help: "How often.",
        schema: ["type": "integer", "minimum": 0, "maximum": 10], isRequired: true),
      .init(name: "delay", help: "The wait before the first retry: 1s.", schema: text),
      .init(
        name: "backoff", help: "By how much longer each further one waits: 2.",
        schema: ["type": "number", "minimum": 1]),
      .init(
        name: "on", help: "After which faults; 'unavailable' is exit code 75.",
        schema: list(["enum": .array(Fault.allCases.map { .string($0.rawValue) })])),
    ])

  static let sandbox = Form(
    name: "sandbox",
    fields: [
      .init(
        name: "read", help: "Files and directories, from the workflow's directory or ~.",
        schema: list(text)),
      .init(name: "write", help: "As 'read', to write there too.", schema: list(text)),
    ])

  static let slurm = Form(
    name: "slurm",
    fields: [
      .init(name: "partition", help: "sbatch --partition", schema: text),
      .init(name: "account", help: "sbatch --account", schema: text),
      .init(name: "qos", help: "sbatch --qos", schema: text),
      .init(name: "constraint", help: "sbatch --constraint", schema: text),
      .init(name: "options", help: "Further options of sbatch, a word each.", schema: list(text)),
    ])
}
