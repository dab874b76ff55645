import Files
import Glibc

/// Steps as processes of this machine, as many at once as its cores and its memory hold.
final class LocalExecutor: Executor {
  private let machine: Machine
  private var running = 0
  private var cpusInUse = 0
  private var memoryInUse = 0

  init(_ machine: Machine) { self.machine = machine }

  func cpus(for resources: Resources) -> Int { min(resources.cpus, machine.cpus) }

  var isFull: Bool { cpusInUse >= machine.cpus }

  func hasRoom(for resources: Resources) -> Bool {
    // Something always runs: what does not fit beside others runs alone.
    running == 0
      || cpusInUse + cpus(for: resources) <= machine.cpus
        && memoryInUse + (resources.memory ?? 0) <= machine.memory
  }

  func start(_ step: PreparedStep) throws -> any Execution {
    let log = try FileHandle.append(step.log)
    let process =
      switch step.work {
      case .plugin(let request, _): try StepProcess(request, log: log.descriptor)
      case .script(let request, let file):
        try StepProcess(request, file: file, log: log.descriptor)
      }
    running += 1
    cpusInUse += cpus(for: step.resources)
    memoryInUse += step.resources.memory ?? 0
    return process
  }

  func release(_ resources: Resources, of execution: any Execution) { release(resources) }

  func release(_ resources: Resources) {
    running -= 1
    cpusInUse -= cpus(for: resources)
    memoryInUse -= resources.memory ?? 0
  }

  // A process of this machine does not outlive its engine, and speaks for itself.
  func placement(of key: String) -> Placement { .here }
  func polled() -> [pollfd] { [] }
  func advance() -> [ExecutorNotice] { [] }
  func finish() -> [ExecutorNotice] { [] }

  func problems(of tasks: [Plan.Task]) -> [Diagnostic] {
    let has = Quantity.text(bytes: machine.memory)
    return tasks.filter { ($0.resources.memory ?? 0) > machine.memory }.map { task in
      Diagnostic(
        "step '\(task.id)' asks for \(Quantity.text(bytes: task.resources.memory ?? 0)) of memory, "
          + "and there is \(has)",
        fix: "lower 'memory:' under 'resources:', or raise the bound with --memory")
    }
  }

  func warnings(of tasks: [Plan.Task]) -> [String] {
    let wide = tasks.filter { $0.resources.cpus > machine.cpus }
    guard let first = wide.first else { return [] }
    let others = wide.count == 1 ? "" : " and \(wide.count - 1) more"
    return [
      "'\(first.id)'\(others) ask for more cores than the \(machine.cpus) that there are"
        + " and get those"
    ]
  }
}
