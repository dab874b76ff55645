import Files
import Testing

@testable import FlowCore

/// Values and settings from outside, and which of them counts.
@Suite struct ProfileTests {
  let planning: PlanningDirectory

  init() throws { planning = try PlanningDirectory() }

  private static let workflow = """
    inputs: {file: file.txt}
    params:
      text: {type: string, default: workflow, help: Text.}
      count: {type: integer, default: 1, min: 0, max: 9, help: Count.}
    defaults: {resources: {cpus: 2, memory: 1 GB}, retries: 1}
    profiles:
      small:
        params: {text: small, count: 2}
        inputs: {file: folder/inner.txt}
        resources: {memory: 2 GB}
      cluster:
        params: {text: cluster}
        executor: slurm
        slurm: {partition: long, options: [--exclusive]}
        resources: {cpus: 8}
        steps:
          b: {slurm: {partition: gpu}, resources: {gpus: 1, memory: 8 GB}, executor: local}
    steps:
      a: {use: tool/make, with: {text: $params.text, count: $params.count}, inputs: {files: $inputs.file}}
      b: {use: tool/make, resources: {memory: 4 GB}, retries: 0}
    """

  private func plan(_ change: (inout Planner.Settings) throws -> Void = { _ in }) throws -> Plan {
    var settings = Planner.Settings()
    try change(&settings)
    return try planning.plan(Self.workflow, settings: settings)
  }

  private func own(_ text: String) throws -> [Profile] {
    try planning.write("config.yaml", text)
    return try Configuration.profiles(file: planning.directory.at("config.yaml"))
  }

  private func values(_ text: String) throws -> [GivenValue] {
    try planning.write("values.yaml", text)
    return try ParametersFile.values(file: planning.directory.at("values.yaml"))
  }

  // MARK: Precedence

  @Test func withoutAProfileTheWorkflowCounts() throws {
    let plan = try plan()
    #expect(plan.tasks[0].parameters["text"] == "workflow")
    #expect(plan.sources(of: "files", "a") == ["file.txt"])
    #expect(plan.tasks[0].resources == Resources(cpus: 2, memory: 1_000_000_000))
    #expect(plan.tasks[1].resources.memory == 4_000_000_000, "a step's own word over the defaults")
    #expect(plan.tasks.map(\.retries.times) == [1, 0])
    #expect(plan.tasks.map(\.executor) == [nil, nil])
  }

  @Test func profilesApplyFromLeftToRight() throws {
    let both = try plan { $0.profiles = ["small", "cluster"] }
    #expect(both.tasks[0].parameters["text"] == "cluster")
    #expect(both.tasks[0].parameters["count"] == 2)
    #expect(both.sources(of: "files", "a") == ["folder/inner.txt"])
    #expect(both.tasks[0].resources == Resources(cpus: 8, memory: 2_000_000_000))
    #expect(both.tasks[0].executor == "slurm")
    #expect(both.tasks[0].slurm.partition == "long")
    let turned = try plan { $0.profiles = ["cluster", "small"] }
    #expect(turned.tasks[0].parameters["text"] == "small")
  }

  @Test func aProfileSetsSingleStepsOverTheirOwnWord() throws {
    let b = try plan { $0.profiles = ["cluster"] }.tasks[1]
    #expect(b.resources == Resources(cpus: 8, memory: 8_000_000_000, gpus: 1))
    #expect(b.executor == "local")
    #expect(b.slurm.partition == "gpu")
    #expect(b.slurm.options == ["--exclusive"])
    #expect(b.retries.times == 0)
  }

  @Test func aUsersOwnProfileAdaptsThatOfTheWorkflow() throws {
    let profiles = try own(
      "profiles: {cluster: {slurm: {account: lab}, params: {other: 1}, steps: {none: {retries: 1}}}}"
    )
    let plan = try plan {
      $0.profiles = ["cluster"]
      $0.ownProfiles = profiles
    }
    #expect(plan.tasks[0].slurm.account == "lab")
    #expect(plan.tasks[0].slurm.partition == "long")
  }

  @Test func aFileOfParametersCountsOverProfilesAndTheCommandLineOverAll() throws {
    let given = try values("{\"text\": \"007\", \"count\": 3}")
    let file = try plan {
      $0.profiles = ["small"]
      $0.givenParameters = given
    }
    #expect(file.parameters == ["text": "007", "count": 3])
    let line = try plan {
      $0.givenParameters = given
      $0.parameters = ["text": "line"]
    }
    #expect(line.parameters == ["text": "line", "count": 3])
  }

  // MARK: The environment

  @Test func onlyDeclaredVariablesAreSeenAndAreValues() throws {
    var settings = Planner.Settings()
    settings.environment = { ["WHO": "me", "N": "4"][$0] }
    let plan = try planning.plan(
      "env: [WHO, N]\nsteps: {a: {use: tool/make, with: {text: \"${env.WHO}!\", count: $env.N}}}",
      settings: settings)
    #expect(plan.tasks[0].parameters["text"] == "me!")
    #expect(plan.tasks[0].parameters["count"] == 4)
    #expect(plan.parameters["env.WHO"] == "me", "the run's record has it")
    settings.parameters = ["env.WHO": "you"]
    settings.environment = { _ in "9" }
    let again = try planning.plan(
      "env: [WHO]\nsteps: {a: {use: tool/make, with: {text: $env.WHO}}}", settings: settings)
    #expect(again.tasks[0].parameters["text"] == "you", "so that a run can be repeated elsewhere")
  }

  @Test func anUndeclaredOrMissingVariableIsAMistake() {
    var settings = Planner.Settings()
    settings.environment = { _ in nil }
    let text = planning.problems(
      "env: [WHO, 1x]\nsteps: {a: {use: tool/make, with: {text: $env.PATH}}}", settings: settings)
    #expect(text.contains("workflow.yaml:3:7: the variable WHO of the environment is not set"))
    #expect(text.contains("workflow.yaml:3:12: the name of a variable"), "\(text)")
    #expect(text.contains("4:42: the workflow does not declare the variable 'PATH'"), "\(text)")
  }

  // MARK: Mistakes

  @Test(arguments: [
    (
      "small: {params: {txt: 1}}",
      "the workflow has no parameter 'txt'\n  fix: did you mean 'text'?"
    ),
    ("small: {params: {count: many}}", "parameter 'count' is an integer, not 'many'"),
    ("small: {params: {count: 10}}", "parameter 'count' must be at most 9, not 10"),
    ("small: {inputs: {fle: file.txt}}", "the workflow has no input 'fle'"),
    ("small: {steps: {aa: {retries: 1}}}", "there is no step 'aa'"),
    ("small: {executor: pbs}", "there is no executor 'pbs'"),
    ("small: {slurm: {queue: x}}", "'slurm' of profile 'small' has no field 'queue'"),
    ("small: {slurm: {options: [exclusive]}}", "an option of sbatch begins with '-'"),
    ("small: {resources: {memory: much}}", "'memory' is 'much'"),
    ("small: {resorces: {cpus: 1}}", "did you mean 'resources'?"),
  ])
  func aProfileIsCheckedWhetherItIsChosenOrNot(_ profile: String, _ message: String) {
    let text = planning.problems(
      """
      params: {text: {type: string, default: a, help: T.}, count: {type: integer, default: 1, max: 9, help: C.}}
      profiles:
        \(profile)
      steps: {a: {use: tool/make}}
      """)
    #expect(text.contains("workflow.yaml:5:"), "\(text)")
    #expect(text.contains(message), "\(text)")
  }

  @Test func anUnknownProfileOrParameterIsNamed() throws {
    let given = try values("txt: 1\ncount: [1]\n")
    do {
      _ = try plan {
        $0.profiles = ["smal"]
        $0.givenParameters = given
      }
      Issue.record("it was planned")
    } catch {
      #expect("\(error)".contains("there is no profile 'smal'\n  fix: did you mean 'small'?"))
      #expect("\(error)".contains("values.yaml:1:1: the workflow has no parameter 'txt'"))
      #expect("\(error)".contains("values.yaml:2:8: parameter 'count' is an integer, not a list"))
    }
    #expect(throws: Diagnostics.self) { try own("profiles: {}\nsteps: {}") }
    #expect(throws: Diagnostics.self) { try values("- a") }
  }
}
