import Files
import FlowTesting
import Testing

@testable import FlowCore

/// What is said to Slurm and understood of it, without one.
@Suite struct SlurmTextTests {
  @Test func jobsAreReadFromALine() {
    let text = """
      slurm_load_jobs: warning
      12|N/A|PENDING||Resources|flow-a-1
      13|4|RUNNING|node7|None|flow-b|with a bar
      13|x|FAILED|node7|NonZeroExitCode|other
      """
    let jobs = SlurmText.listed(text)
    #expect(jobs.count == 3)
    #expect(jobs[0].id == SlurmJobID(12, index: nil))
    #expect(jobs[0].state.words == "pending (Resources)")
    #expect(jobs[1].id.description == "13_4")
    #expect(jobs[1].jobName == "flow-b|with a bar")
    #expect(jobs[1].state == SlurmState(name: "RUNNING", reason: "None", node: "node7"))
  }

  @Test func accountsTellWhoCancelled() {
    let jobs = SlurmText.accounted("7_1|CANCELLED by 1000|n1|a\n7.batch|COMPLETED|n1|batch\n")
    #expect(jobs.count == 1)
    #expect(jobs.first?.state.reason == "by 1000")
    #expect(jobs.first?.state.isOver == true)
  }

  @Test(arguments: [
    ("12\n", 12), ("12;cluster\n", 12), ("sbatch: warning: something\n12\n", 12),
    ("sbatch: error: Batch job submission failed: Invalid partition\n", nil), ("", nil),
  ])
  func theNumberIsFoundAmongWarnings(_ text: String, _ number: Int?) {
    #expect(SlurmText.submitted(text) == number)
  }

  @Test(arguments: [
    ("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", true),
    ("sbatch: error: QOSMaxSubmitJobPerUserLimit", true),
    ("sbatch: error: Batch job submission failed: Invalid account", false),
  ])
  func aControllerThatIsBusyIsAskedAgain(_ text: String, _ isPassing: Bool) {
    #expect(SlurmText.isPassing(text) == isPassing)
  }

  @Test(arguments: [
    ("00:01:00", 60), ("1-02:03:04", 93_784), ("365-00:00:00", 31_536_000), ("UNLIMITED", nil),
    ("1:00", nil), ("x-00:00:00", nil),
  ])
  func timesAreRead(_ text: String, _ seconds: Int?) {
    #expect(SlurmDetails.seconds(text[...]) == seconds)
  }

  @Test func detailsTellWantOfTime() {
    let text =
      "JobId=2 JobName=x RunTime=01:58:55 TimeLimit=02:00:00 PreemptTime=None JobState=FAILED"
    #expect(!SlurmDetails(text).wasOutOfTime, "a minute and more was left")
    #expect(SlurmDetails(text.replacing("01:58:55", with: "01:59:10")).wasOutOfTime)
    #expect(!SlurmDetails(text.replacing("02:00:00", with: "UNLIMITED")).wasOutOfTime)
    #expect(!SlurmDetails("").wasOutOfTime)
  }
}

@Suite struct SlurmSubmissionTests {
  private let submission = SlurmSubmission(
    name: "flow-a-1", directory: "/data/100% sure", isArray: true)

  @Test func resourcesBecomeOptions() {
    var options = SlurmOptions()
    for text in ["partition=long", "--exclusive", "mem=1G"] { options.add(text) }
    let arguments = submission.arguments(
      Resources(cpus: 4, memory: 1_000_000_001, time: 90, gpus: 2), options: options, count: 7,
      executable: "/opt/flow")
    #expect(arguments.contains("--cpus-per-task=4"))
    #expect(arguments.contains("--mem=954M"), "rounded up")
    #expect(arguments.contains("--time=3"), "room for the start and the warning")
    #expect(arguments.contains("--gres=gpu:2"))
    #expect(arguments.contains("--array=0-6"))
    #expect(arguments.contains("--partition=long"))
    #expect(arguments.contains("--output=/data/100%% sure/out-%a"), "a file name is no pattern")
    let general = arguments.firstIndex(of: "--mem=1G") ?? .max
    let own = arguments.firstIndex(of: "--mem=954M") ?? .min
    #expect(general < own, "the last of two counts: the step's own")
    #expect(
      arguments.suffix(5) == [
        "/data/100% sure/batch", "/opt/flow", "step", "job", "/data/100% sure/tasks.json",
      ])
  }

  @Test(arguments: [(1, 2), (60, 2), (61, 3), (599, 11), (600, 10), (86_400, 1440), (86_401, 1441)])
  func longLimitsAreAskedForAsTheyAre(seconds: Int, minutes: Int) {
    #expect(SlurmSubmission.minutes(forSeconds: seconds) == minutes)
  }

  @Test(arguments: ["--array=1-3", "-o", "--output=/x", "--wrap=true", "exclusive", "--a\nb"])
  func optionsThatBelongToFlowAreRefused(option: String) {
    #expect(SlurmSubmission.objections(to: [option]).count == 1)
  }

  @Test(arguments: [
    "binding", "qc/trim", "größe $(touch canary)", String(repeating: "x", count: 500),
  ])
  func namesOfJobsArePlainAndUnique(step: String) {
    let name = SlurmSubmission.name(ofStep: step)
    #expect(name.hasPrefix("flow-") && name.utf8.count < 64)
    #expect(name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
    #expect(SlurmSubmission.name(ofStep: step) != name)
  }
}

@Suite struct JobOrderTests {
  private let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  private func order(token: String) throws -> JobOrder {
    let request = ScriptRequest(
      title: "x", script: ShellScript(text: "echo hello > \"$o\""), inputs: [], parameters: [:],
      outputs: [("o", "o.txt")], outputDirectory: work.at("step/\(AttemptDirectories.ofJobs)"),
      workDirectory: work.at("step/scratch"), threads: 1, timeLimit: 60)
    try work.write("step/command", request.text)
    return JobOrder(
      token: token, directory: work.at("step"),
      PreparedStep(
        id: "x", step: "x", key: "k", row: 1, resources: Resources(), placement: .job,
        work: .script(request, file: work.at("step/command")), log: work.at("step/log")))
  }

  private func list(token: String) throws -> String {
    let tasks: JSON = [["directory": .string(work.at("step")), "token": .string(token)]]
    return try work.write("tasks.json", tasks.text)
  }

  @Test func anOrderIsReadAsItWasWritten() throws {
    let order = try order(token: "a/0")
    #expect(JobOrder(try JSON(parsing: order.json.text)) == order)
  }

  @Test func whatAJobWritesDownIsReadBack() throws {
    var outcome = StepOutcome(kind: .failed, message: "why")
    outcome.exitCode = 3
    outcome.limit = .memory
    outcome.usage = StepOutcome.Usage(userSeconds: 1.5, systemSeconds: 0.5, peakMemory: 1 << 40)
    let end = JobEnd(
      token: "a/0", outcome: outcome, outputs: TreeMeasure(entries: 2, bytes: 3), node: "n",
      began: 1, ended: 2)
    #expect(JobEnd(try JSON(parsing: end.json.text)) == end)
  }

  @Test func anOrderIsCarriedOutAndItsEndWrittenDown() throws {
    let order = try order(token: "a/0")
    try work.write("step/job/order.json", order.json.text)
    let code = try JobSupervisor.run(list: list(token: "a/0"), index: 0) { false }
    #expect(code == 0)
    #expect(try work.read("step/\(AttemptDirectories.ofJobs)/o.txt") == "hello\n")
    let end = try #require(JobEnd.read(in: work.at("step"), token: "a/0"))
    #expect(end.outcome.kind == .done)
    #expect(end.outputs == TreeMeasure(entries: 1, bytes: 6))
    #expect(JobEnd.read(in: work.at("step"), token: "b/0") == nil, "of another attempt")
  }

  @Test func aJobThatWasGivenUpTouchesNothing() throws {
    let order = try order(token: "new/0")
    try work.write("step/job/order.json", order.json.text)
    try work.write("step/\(AttemptDirectories.ofJobs)/of-another", "x")
    #expect(
      message {
        _ = try JobSupervisor.run(list: try list(token: "old/0"), index: 0) { false }
      }.contains("no longer for old/0"))
    #expect(work.exists("step/\(AttemptDirectories.ofJobs)/of-another"))
  }

  @Test func eventsAreReadAsTheFileGrowsAndBeginAnewWithIt() throws {
    let path = work.at("events")
    var tail = EventTail(path)
    #expect(tail.read().isEmpty)
    let line = StepEvent.metric(name: "loss", value: 1, at: 1).line
    try FileHandle.append(path).write(line + String(line.prefix(9)))
    #expect(tail.read().count == 1)
    try FileHandle.append(path).write(String(line.dropFirst(9)))
    #expect(tail.read().count == 1)
    try FileHandle.create(path).write(line)
    #expect(tail.read().count == 1)
  }
}
