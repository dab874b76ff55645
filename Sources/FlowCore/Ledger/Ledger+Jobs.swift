import Files

/// A job of a batch system as the ledger has it.
public struct JobRecord: Sendable {
  public var row: Int
  public var step: Int
  public var key: String
  /// Of the submission.
  public var name: String
  /// In an array; nil for a job of its own.
  public var position: Int?
  /// Slurm's number of the job or the array, where it is known.
  public var number: Int?
  /// Seconds since 1970.
  public var submitted: Double
  public var began: Double?
  public var ended: Double?
  public var node: String?
  public var state: String?

  /// As Slurm's commands take it: `12`, `12_3`; nil where its number was never learned.
  public var id: String? { number.map { SlurmJobID($0, index: position).description } }

  /// As in its order.
  var token: String { "\(name)/\(position ?? 0)" }

  /// For people: "Slurm 12_3 on node7, waited 4 min 10 s, done".
  public var words: String {
    let place = node.map { " on \($0)" } ?? ""
    let wait = began.map { ", waited \(Quantity.text(seconds: max(0, $0 - submitted)))" } ?? ""
    return "Slurm \(id ?? name)\(place)\(wait), \(state ?? "open")"
  }

  public var json: JSON {
    [
      "id": id.map { .string($0) } ?? .null, "name": .string(name),
      "submitted": .number(submitted), "began": began.map { .number($0) } ?? .null,
      "ended": ended.map { .number($0) } ?? .null, "node": node.map { .string($0) } ?? .null,
      "state": state.map { .string($0) } ?? .null,
    ]
  }
}

extension Ledger {
  /// Whether an engine left jobs behind that it did not see the end of.
  func hasOpenJobs() throws -> Bool {
    try !database.run("SELECT 1 AS found FROM jobs WHERE closed IS NULL LIMIT 1").isEmpty
  }

  /// The jobs whose end no engine has seen.
  func openJobs() throws -> [JobRecord] {
    try database.run("SELECT * FROM jobs WHERE closed IS NULL ORDER BY id").map(jobRecord)
  }

  /// The keys of jobs whose end no engine has seen; none in a history that was written before there were jobs.
  func keysOfOpenJobs() throws -> Set<String> {
    let isThere = try database.run(
      "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'jobs'")
    return isThere.isEmpty ? [] : Set(try openJobs().map(\.key))
  }

  /// The jobs that a step was, oldest first.
  public func jobs(ofStep id: Int) throws -> [JobRecord] {
    try database.run("SELECT * FROM jobs WHERE step = ? ORDER BY id", [.integer(id)])
      .map(jobRecord)
  }

  /// Enters jobs that are about to be submitted, and brings that to the disk: even after a power cut nobody may
  /// submit them a second time. What was gathered goes with them.
  ///
  /// - Returns: their rows.
  func addJobs(
    _ jobs: [(step: Int, key: String, position: Int?)], submission: String
  ) throws -> [Int] {
    try database.commit()
    let gathers = database.gathers
    database.gathers = false
    // On a network file system it is FULL already, and stays so.
    let level = try database.run("PRAGMA synchronous").first?.integer("synchronous") ?? 2
    try database.script("PRAGMA synchronous = FULL")
    defer {
      try? database.script("PRAGMA synchronous = \(level)")
      database.gathers = gathers
    }
    var rows: [Int] = []
    try database.transaction {
      for job in jobs {
        try database.run(
          "INSERT INTO jobs (step, key, name, position, submitted) VALUES (?, ?, ?, ?, ?)",
          [
            .integer(job.step), .text(job.key), .text(submission), SQLValue(job.position),
            .real(now()),
          ])
        rows.append(database.lastInserted)
      }
    }
    return rows
  }

  /// Slurm has taken a submission.
  func setNumber(_ number: Int, ofSubmission name: String) throws {
    try database.run(
      "UPDATE jobs SET number = ? WHERE name = ?", [.integer(number), .text(name)])
  }

  /// The step of a later run has taken a job over.
  func setStep(_ step: Int, ofJob row: Int) throws {
    try database.run(
      "UPDATE jobs SET step = ? WHERE id = ?", [.integer(step), .integer(row)])
  }

  /// Nothing more is expected of a job.
  func closeJob(
    _ row: Int, state: String, began: Double? = nil, ended: Double? = nil, node: String? = nil
  ) throws {
    try database.run(
      "UPDATE jobs SET closed = ?, state = ?, began = ?, ended = ?, node = ? WHERE id = ?",
      [
        .real(now()), .text(state), SQLValue(began), SQLValue(ended), SQLValue(node),
        .integer(row),
      ])
  }

  private func jobRecord(_ row: SQLRow) -> JobRecord {
    JobRecord(
      row: row.integer("id") ?? 0, step: row.integer("step") ?? 0, key: row.text("key") ?? "",
      name: row.text("name") ?? "", position: row.integer("position"),
      number: row.integer("number"), submitted: row.number("submitted") ?? 0,
      began: row.number("began"), ended: row.number("ended"), node: row.text("node"),
      state: row.text("state"))
  }
}
