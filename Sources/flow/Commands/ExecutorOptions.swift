import ArgumentParser
import FlowCore

/// Who executes the steps of a run.
struct ExecutorOptions: ParsableArguments {
  @Option(
    help:
      "Where steps run: 'local' or 'slurm', as jobs (default: as the workflow and its profiles say)."
  )
  var executor: String?

  @Option(
    name: .customLong("slurm-option"),
    help: ArgumentHelp(
      "An option of sbatch for every step, without dashes; may stand several times.",
      valueName: "name[=value]"))
  var slurmOptions: [String] = []

  @Option(help: "How many steps to have at Slurm at once, waiting or running (default: 500).")
  var jobs: Int?

  func validate() throws {
    if let executor, ExecutorChoice.Kind(rawValue: executor) == nil {
      throw ValidationError("--executor is '\(executor)': write 'local' or 'slurm'")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1") }
  }

  func choice() throws -> ExecutorChoice {
    var choice = ExecutorChoice(executor.flatMap(ExecutorChoice.Kind.init))
    if let jobs { choice.mostJobs = jobs }
    for option in slurmOptions { choice.slurm.add(option) }
    return choice
  }
}
