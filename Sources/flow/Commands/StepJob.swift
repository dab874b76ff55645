import ArgumentParser
import Files
import FlowCore

/// What a job of a batch system is: the engine's own, never typed by a person.
struct StepJob: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Carry out the order of a batch system's job.",
    shouldDisplay: false)

  @Argument(help: "The submission's list of tasks.")
  var list: String

  func run() throws {
    try reporting {
      Interrupt.listen()
      let index = environment("SLURM_ARRAY_TASK_ID").flatMap { Int($0) } ?? 0
      let code = try JobSupervisor.run(
        list: list, index: index, isInterrupted: { Interrupt.isRequested })
      if code != 0 { throw ExitCode(code) }
    }
  }
}
