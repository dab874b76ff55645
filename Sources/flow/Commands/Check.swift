import ArgumentParser
import Files
import FlowCore

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find every mistake in a workflow without running it.")

  @OptionGroup var planned: PlanOptions

  @Flag(help: "Print the mistakes as JSON, for editors and other programs.")
  var json = false

  func run() throws {
    try reporting {
      do {
        let plan = try planned.plan()
        let recorded = try RecordedSecrets.problems(of: plan)
        if !recorded.isEmpty { throw Diagnostics(recorded) }
        if json { return show([]) }
        let count = plan.tasks.count
        let more = plan.isAwaiting ? ", and more for what they make" : ""
        Terminal.line(
          "\(planned.workflow): no mistakes found (\(count) step\(count == 1 ? "" : "s")\(more))")
      } catch let problems as Diagnostics where json {
        show(problems.list)
        throw ExitCode(2)
      } catch let problem as Diagnostic where json {
        show([problem])
        throw ExitCode(2)
      }
    }
  }

  /// A list of objects with the message and, where there are such, file, line, column and fix.
  private func show(_ problems: [Diagnostic]) {
    let list: [JSON] = problems.map { problem in
      var entry: [String: JSON] = ["message": .string(problem.message)]
      entry["file"] = problem.file.map { .string($0) }
      entry["line"] = problem.mark.map { .integer($0.line) }
      entry["column"] = problem.mark.map { .integer($0.column) }
      entry["fix"] = problem.fix.map { .string($0) }
      return .object(entry)
    }
    Terminal.write(JSON.array(list).prettyText, to: .standardOutput)
  }
}
