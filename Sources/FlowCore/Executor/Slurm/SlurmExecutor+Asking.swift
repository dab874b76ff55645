import Files
import Glibc

/// What Slurm's programs are asked, and what they answer.
extension SlurmExecutor {
  /// - Returns: whether one has answered.
  func hearPrograms() throws -> Bool {
    var hasHeard = false
    if let (program, jobs, submission) = submitting, let result = program.result() {
      (submitting, hasHeard) = (nil, true)
      try heardOfSubmission(result, jobs, submission)
    }
    if let (program, began) = listing, let result = program.result() {
      (listing, hasHeard) = (nil, true)
      try heardOfJobs(result, began: began)
    }
    if let (program, jobs) = cancelling, let result = program.result() {
      (cancelling, hasHeard) = (nil, true)
      heardOfCancelling(result, jobs)
    }
    if let (program, question) = asking, let result = program.result() {
      (asking, hasHeard) = (nil, true)
      heardAnswer(result, question)
    }
    return hasHeard
  }

  // MARK: squeue

  func list() {
    let moment = monotonicSeconds()
    guard listing == nil, moment >= pace.next,
      live.contains(where: { $0.phase == .submitted || $0.phase == .searching })
    else { return }
    guard let program = try? listingProgram(patience: 120) else { return pace.failed(at: moment) }
    listing = (program, moment)
  }

  func listingProgram(patience: Double) throws -> SlurmProgram {
    try SlurmProgram(
      "squeue", ["--user=\(getuid())"] + SlurmText.listArguments, patience: patience)
  }

  private func heardOfJobs(_ result: SlurmProgram.Result, began: Double) throws {
    let moment = monotonicSeconds()
    guard result.isGood else {
      pace.failed(at: moment)
      // Silence of the controller is no end of a job.
      if !isControllerSilent {
        notices.append(
          .warning(
            "Slurm does not answer (\(SlurmText.complaint(result.text))); flow goes on waiting for its jobs"
          ))
      }
      isControllerSilent = true
      return
    }
    if isControllerSilent { notices.append(.status("Slurm answers again")) }
    isControllerSilent = false
    let listed = SlurmText.listed(result.text)
    try search(listed, began: began)
    let states = Dictionary(listed.map { ($0.id, $0.state) }) { _, last in last }
    var news = false
    for job in live where job.phase == .submitted {
      guard let id = job.id else { continue }
      if let state = states[id] {
        news = news || job.state != state
        warn(of: state, job)
        job.learn(state)
      } else if job.phaseBegan < began {
        job.misses += 1
      }
    }
    pace.heard(news: news, at: moment, jobs: live.count)
  }

  private func warn(of state: SlurmState, _ job: SlurmJob) {
    guard state.cannotStart, job.state != state else { return }
    job.tell(
      .log(level: 2, message: "\(job.words) may never start: \(state.words); ctrl-C ends the wait"))
  }

  // MARK: scancel

  func cancelJobs() {
    let moment = monotonicSeconds()
    guard cancelling == nil, moment >= nextCancelling else { return }
    let jobs = live.filter {
      $0.stopAsked != nil && $0.phase == .submitted && $0.cancelSent == nil && $0.result == nil
        && $0.id != nil
    }.prefix(1000)
    guard !jobs.isEmpty else { return }
    guard
      let program = try? SlurmProgram(
        "scancel", jobs.compactMap { $0.id.map { "\($0)" } }, patience: 60)
    else {
      nextCancelling = moment + 5
      return
    }
    cancelling = (program, Array(jobs))
  }

  private func heardOfCancelling(_ result: SlurmProgram.Result, _ jobs: [SlurmJob]) {
    let moment = monotonicSeconds()
    pace.hurry(at: moment, jobs: 0)
    // A complaint about one job that has ended by itself says nothing of the others.
    if result.isGood || !SlurmText.isPassing(result.text) {
      for job in jobs { job.cancelSent = moment }
    } else {
      nextCancelling = moment + 2
    }
  }

  // MARK: sacct and scontrol

  /// Asks about jobs that the listing does not explain, one question at a time.
  func ask() {
    guard asking == nil else { return }
    if let job = live.first(where: { $0.result == nil && $0.isInQuestion }), let id = job.id {
      guard
        let program = try? SlurmProgram(
          "scontrol", ["show", "job", "\(id)", "--oneliner"], patience: 60)
      else {
        job.details = SlurmDetails("")
        return
      }
      asking = (program, .details(job))
      return
    }
    // Slurm forgets a job some minutes after its end.
    let gone = live.filter {
      $0.phase == .submitted && $0.misses >= 2 && $0.state?.isOver != true && $0.result == nil
        && $0.lastWord == nil
    }
    guard !gone.isEmpty else { return }
    let ids = gone.prefix(500).compactMap { $0.id.map { "\($0)" } }
    if keepsAccounts,
      let program = try? SlurmProgram(
        "sacct", SlurmText.accountingArguments + ["--jobs=\(ids.joined(separator: ","))"],
        patience: 60)
    {
      asking = (program, .accounts(Array(gone.prefix(500))))
    } else {
      for job in gone { job.learn(SlurmState(name: SlurmJob.gone, reason: "")) }
    }
  }

  private func heardAnswer(_ result: SlurmProgram.Result, _ question: Question) {
    switch question {
    case .details(let job): job.details = SlurmDetails(result.isGood ? result.text : "")
    case .accounts(let jobs):
      if !result.isGood { keepsAccounts = false }
      let states = Dictionary(SlurmText.accounted(result.text).map { ($0.id, $0.state) }) {
        _, last in
        last
      }
      for job in jobs {
        guard let id = job.id else { continue }
        // What accounting calls running or pending while the controller does not know it is no more.
        let state = states[id].flatMap { $0.isOver ? $0 : nil }
        job.learn(state ?? SlurmState(name: SlurmJob.gone, reason: ""))
      }
    }
  }
}
