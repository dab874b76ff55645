import Files
import Glibc

/// From prepared steps to jobs that Slurm has.
extension SlurmExecutor {
  /// Hands the oldest queued job to `sbatch`, as an array with all others that differ in nothing but their work.
  func submit() throws {
    let moment = monotonicSeconds()
    guard submitting == nil, moment >= nextSubmission,
      let first = live.first(where: { $0.phase == .queued && $0.result == nil })
    else { return }
    var group = [first]
    if takesArrays {
      group = live.filter {
        $0.phase == .queued && $0.result == nil && $0.step.step == first.step.step
          && $0.step.resources == first.step.resources && $0.options == first.options
      }
      group = Array(group.prefix(SlurmSubmission.longestArray))
    }
    let name = SlurmSubmission.name(ofStep: first.step.step)
    let directory = "\(state.path)/jobs/\(name)"
    let submission = SlurmSubmission(name: name, directory: directory, isArray: group.count > 1)
    try write(submission, group)
    let rows = try ledger.addJobs(
      group.enumerated().map { position, job in
        (job.step.row, job.step.key, submission.isArray ? position : nil)
      }, submission: name)
    openJobs[name] = group.count
    for (job, row) in zip(group, rows) {
      job.row = row
      job.submissions += 1
      job.enter(.submitting)
    }
    do {
      submitting = (
        try SlurmProgram(
          "sbatch",
          submission.arguments(
            first.step.resources, options: first.options, count: group.count,
            executable: Registry.executable), without: secrets, patience: 300),
        group, submission
      )
    } catch {
      try refuse(group, "\(error)")
    }
  }

  /// The files that the jobs read. Not synced: after a power cut their jobs are told to do nothing, or done again.
  private func write(_ submission: SlurmSubmission, _ jobs: [SlurmJob]) throws {
    try Path.createDirectory(submission.directory)
    var tasks: [JSON] = []
    for (position, job) in jobs.enumerated() {
      job.submission = submission
      job.position = position
      try Path.createDirectory(JobOrder.folder(in: job.directory))
      try? Path.remove(JobOrder.endFile(in: job.directory))
      try? Path.remove(JobOrder.eventsFile(in: job.directory))
      try writeSecrets(of: job)
      let order = JobOrder(token: job.token, directory: job.directory, job.step)
      let file = JobOrder.file(in: job.directory)
      // A job that was given up may be reading the old one.
      try FileHandle.create("\(file).new").write(order.json.text)
      guard rename("\(file).new", file) == 0 else {
        throw FileError("replace", file, errno: errno)
      }
      tasks.append(["directory": .string(job.directory), "token": .string(job.token)])
    }
    try FileHandle.create(submission.tasksFile).write(JSON.array(tasks).text)
    try FileHandle.create(submission.batchFile).write(SlurmSubmission.batch)
  }

  /// Values of secrets are for the job alone: not in Slurm's state, where the environment of a job goes, but in a file
  /// that its owner can read and that is gone with the job.
  private func writeSecrets(of job: SlurmJob) throws {
    let path = JobOrder.secretsFile(in: job.directory)
    try Path.remove(path)
    let secrets = job.step.work.secrets
    guard !secrets.isEmpty else { return }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("create", path, errno: errno) }
    Glibc.close(descriptor)
    try FileHandle.append(path).write(JSON.object(secrets.mapValues { .string($0) }).text)
  }

  /// `sbatch` has ended.
  func heardOfSubmission(
    _ result: SlurmProgram.Result, _ jobs: [SlurmJob], _ submission: SlurmSubmission
  ) throws {
    let moment = monotonicSeconds()
    if result.isGood, let number = SlurmText.submitted(result.text) {
      try accepted(number, jobs)
      pace.hurry(at: moment, jobs: live.count)
      return
    }
    let complaint = SlurmText.complaint(result.text)
    if result.text.contains("nvalid job array") {
      takesArrays = false
      try sendBack(jobs)
    } else if result.code == nil || SlurmText.isPassing(result.text) {
      nextSubmission = moment + 5
      notices.append(.warning("Slurm takes no job now (\(complaint)); flow tries again"))
      // A call that timed out may have been heard all the same.
      for job in jobs { job.enter(.searching) }
      pace.hurry(at: moment, jobs: live.count)
    } else {
      try refuse(jobs, "Slurm does not take its job: \(complaint)")
    }
  }

  private func accepted(_ number: Int, _ jobs: [SlurmJob]) throws {
    guard let submission = jobs.first?.submission else { return }
    try ledger.setNumber(number, ofSubmission: submission.name)
    for job in jobs {
      job.id = SlurmJobID(number, index: submission.isArray ? job.position : nil)
      job.enter(.submitted)
    }
  }

  private func refuse(_ jobs: [SlurmJob], _ message: String) throws {
    for job in jobs {
      job.result = StepOutcome(kind: .failed, message: message)
    }
  }

  /// Slurm does not have them: they are submitted under another name.
  private func sendBack(_ jobs: [SlurmJob]) throws {
    for job in jobs {
      if let row = job.row, let name = job.submission?.name {
        try close(row, submission: name, key: job.step.key, state: "not taken", end: nil)
      }
      job.submissions -= 1
      job.reset()
    }
  }

  // MARK: Finding again

  /// A job that an engine before this one left, for a step of this run.
  func takeOver(_ record: JobRecord, _ job: SlurmJob) throws {
    job.submission = SlurmSubmission(
      name: record.name, directory: "\(state.path)/jobs/\(record.name)",
      isArray: record.position != nil)
    job.position = record.position ?? 0
    job.row = record.row
    job.isAdopted = true
    job.submissions = 1
    try ledger.setStep(job.step.row, ofJob: record.row)
    if let number = record.number {
      job.id = SlurmJobID(number, index: record.position)
      job.enter(.submitted)
    } else {
      job.enter(.searching)
    }
    job.look()
    job.tell(.log(level: 1, message: "\(job.words) of an earlier run is taken over"))
    pace.hurry(at: monotonicSeconds(), jobs: 0)
  }

  /// What a listing says of jobs whose number was never heard.
  func search(_ listed: [SlurmText.Listed], began: Double) throws {
    let lost = live.filter { $0.phase == .searching && $0.phaseBegan < began && $0.result == nil }
    guard !lost.isEmpty else { return }
    let numbers = Dictionary(listed.map { ($0.jobName, $0.id.number) }) { first, _ in first }
    for (name, jobs) in Dictionary(grouping: lost, by: { $0.submission?.name ?? "" }) {
      if let number = numbers[name] {
        try accepted(number, jobs)
        continue
      }
      for job in jobs { job.misses += 1 }
      // It may have come and gone: then its files tell.
      let unheard = jobs.filter { $0.misses > 2 && $0.lastWord == nil }
      try sendBack(unheard)
    }
  }

  /// What is left of jobs that no step of this run needed.
  ///
  /// Those that are done count when a later run needs them; those that are gone are closed; those that are at work are
  /// the user's to keep or to end.
  func settleLeft() throws {
    let unclear = left.values.filter { record in
      JobEnd.read(in: state.step(record.key), token: record.token)
        == nil
    }
    guard !unclear.isEmpty, let listed = listNow() else { return }
    let states = Dictionary(listed.map { ($0.id, $0.state) }) { _, last in last }
    let names = Set(listed.filter { !$0.state.isOver }.map(\.jobName))
    var atWork: [JobRecord] = []
    for record in unclear {
      let id = record.number.map { SlurmJobID($0, index: record.position) }
      let isOver = id.map { states[$0]?.isOver ?? true } ?? !names.contains(record.name)
      if isOver {
        try close(
          record.row, submission: record.name, key: record.key,
          state: id.flatMap { states[$0]?.name } ?? "lost", end: nil)
      } else {
        atWork.append(record)
      }
    }
    guard !atWork.isEmpty else { return }
    let ids = atWork.map { $0.id ?? "-n \($0.name)" }.sorted()
    notices.append(
      .warning(
        "\(atWork.count == 1 ? "a job" : "\(atWork.count) jobs") of an earlier run are at work for steps that "
          + "this workflow does not need; to end them: scancel \(ids.joined(separator: " "))"))
  }

  /// The jobs that Slurm has now; nil where it does not say so within some seconds.
  private func listNow() -> [SlurmText.Listed]? {
    guard let program = try? listingProgram(patience: 5) else { return nil }
    while true {
      if let result = program.result() {
        return result.isGood ? SlurmText.listed(result.text) : nil
      }
      var descriptors = program.polled()
      poll(&descriptors, nfds_t(descriptors.count), 100)
    }
  }
}
