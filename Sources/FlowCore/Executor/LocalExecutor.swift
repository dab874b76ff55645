import Files
import Glibc

/// Steps as processes of this machine, as many at once as its cores, its memory and its GPUs hold.
final class LocalExecutor: Executor {
  private let machine: Machine
  private var running = 0
  private var cpusInUse = 0
  private var memoryInUse = 0
  private var devicesInUse: Set<String> = []

  init(_ machine: Machine) { self.machine = machine }

  func cpus(for resources: Resources, on placement: Placement) -> Int { cpus(for: resources) }

  private func cpus(for resources: Resources) -> Int { min(resources.cpus, machine.cpus) }

  var isFull: Bool { cpusInUse >= machine.cpus }

  func hasRoom(for resources: Resources, on placement: Placement) -> Bool {
    // Something always runs: what does not fit beside others runs alone.
    running == 0
      || cpusInUse + cpus(for: resources) <= machine.cpus
        && memoryInUse + (resources.memory ?? 0) <= machine.memory
        && devicesInUse.count + resources.gpus <= machine.gpus.count
  }

  func devices(for resources: Resources, on placement: Placement) -> [String] {
    Array(machine.gpus.filter { !devicesInUse.contains($0) }.prefix(resources.gpus))
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
    devicesInUse.formUnion(step.resources.devices)
    return process
  }

  func release(_ resources: Resources, of execution: any Execution) { release(resources) }

  func release(_ resources: Resources) {
    running -= 1
    cpusInUse -= cpus(for: resources)
    memoryInUse -= resources.memory ?? 0
    devicesInUse.subtract(resources.devices)
  }

  // A process of this machine does not outlive its engine, and speaks for itself.
  func placement(of task: Plan.Task, key: String) -> Placement { .here }
  func polled() -> [pollfd] { [] }
  func advance() -> [ExecutorNotice] { [] }
  func finish() -> [ExecutorNotice] { [] }

  func problems(of tasks: [Plan.Task]) -> [Diagnostic] {
    let has = Quantity.text(bytes: machine.memory)
    let fewGPUs = tasks.filter { $0.resources.gpus > machine.gpus.count }.map { task in
      Diagnostic(
        "step '\(task.id)' asks for \(task.resources.gpus == 1 ? "a GPU" : "\(task.resources.gpus) GPUs"), "
          + "and there \(machine.gpus.count == 1 ? "is 1" : "are \(machine.gpus.count)")",
        fix: "lower 'gpus:' under 'resources:'; CUDA_VISIBLE_DEVICES names the GPUs to use")
    }
    return fewGPUs
      + tasks.filter { ($0.resources.memory ?? 0) > machine.memory }.map { task in
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
