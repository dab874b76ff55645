import Files
import Glibc

/// The provenance record: every run, step, attempt, artifact, parameter, plugin, metric and fact.
///
/// One process writes at a time (it holds the state directory's lock); any number may read meanwhile (WAL).
public final class Ledger {
  let database: SQLiteConnection
  /// The directory that holds the database.
  public let directory: String
  /// The same with all links followed.
  private let realDirectory: String
  /// Whether what the database calls running is over: its engine died without a word.
  let isAbandoned: Bool

  /// Opens the ledger of a state directory for writing, and creates it where there is none.
  init(writing directory: String) throws {
    self.directory = directory
    realDirectory = try Path.real(directory)
    isAbandoned = false
    database = try SQLiteConnection("\(directory)/flow.db")
    if FileSystemKind(of: directory)?.isNetwork ?? false {
      // WAL shares memory between processes, which machines cannot (https://www.sqlite.org/wal.html).
      try database.script("PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
    } else {
      // In WAL mode NORMAL survives any crash of the process; a power cut may lose the last commits, whose results
      // are then taken from their directories.
      try database.script("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    }
    try Schema.migrate(database)
  }

  /// Opens the ledger of a state directory for reading.
  ///
  /// Works without any right to write, as for a colleague's history.
  ///
  /// - Throws: `Diagnostic` where there is none.
  public init(reading directory: String) throws {
    let path = "\(directory)/flow.db"
    guard Path.exists(path) else {
      throw Diagnostic(
        "there is no history here: \(path) does not exist",
        fix: "run a workflow first, or name its state directory with --state-dir")
    }
    self.directory = directory
    realDirectory = try Path.real(directory)
    isAbandoned = !Self.isLocked(directory)
    database = try Self.current(path)
  }

  /// A ledger without any history, in memory, for a state directory that is not there.
  init(emptyFor directory: String) throws {
    self.directory = directory
    realDirectory = directory
    isAbandoned = false
    database = try SQLiteConnection(":memory:")
    try Schema.migrate(database)
  }

  /// A connection to a database with all tables that there are now; one that an older flow wrote gets them.
  private static func current(_ path: String) throws -> SQLiteConnection {
    let database = try readable(path)
    guard try !Schema.isEmpty(database) else {
      throw Diagnostic(
        "there is no history here: \(path) is empty", fix: "run a workflow first")
    }
    if try Schema.isCurrent(database) { return database }
    do {
      // Held while the tables are changed: a run of an older flow may be at work.
      let lock = try StateDirectory(Path.parent(path)).lock()
      defer { withExtendedLifetime(lock) {} }
      try Schema.migrate(SQLiteConnection(path))
    } catch let error as SQLiteError where error.isDamage {
      throw Diagnostic(
        "the database of the history is damaged (\(error.message))",
        fix: "run a workflow; it puts the file aside and takes the results from their directories")
    } catch {
      throw Diagnostic(
        "\(path) was written by an older flow and cannot be brought up to date: \(error)",
        fix: "run `flow log` once with the right to write there, and while no run is at work")
    }
    return try readable(path)
  }

  /// A connection that can really read: a database in WAL mode wants to create a file beside itself, and
  /// where that is not allowed and nobody is writing, its file alone is the whole truth.
  private static func readable(_ path: String) throws -> SQLiteConnection {
    let question = "SELECT count(*) FROM sqlite_master"
    do throws(SQLiteError) {
      let database = try SQLiteConnection(path, readOnly: true)
      try database.run(question)
      return database
    } catch {
      if access(Path.parent(path), W_OK) == 0 {
        // An engine that was killed in the middle of a transaction left its undoing to the next who may write.
        try SQLiteConnection(path).run(question)
        return try SQLiteConnection(path, readOnly: true)
      }
      let written = (try? Path.size("\(path)-wal")) ?? 0
      guard written == 0 else { throw error }
      let database = try SQLiteConnection(path, readOnly: true, isImmutable: true)
      try database.run(question)
      return database
    }
  }

  /// Whether an engine is at work in the directory: it holds the kernel's lock as long as it lives.
  private static func isLocked(_ directory: String) -> Bool {
    guard let file = try? FileHandle.openForReading("\(directory)/lock") else { return false }
    return flock(file.descriptor, LOCK_SH | LOCK_NB) != 0
  }

  /// - Parameter rereads: whether its files are read even where their hashes are remembered.
  func artifact(
    at path: String, allowLinks: Bool = true, rereads: Bool = false
  ) throws -> Artifact {
    try ContentHasher(database: database, rereads: rereads)
      .artifact(at: path, allowLinks: allowLinks)
  }
}

/// Seconds since 1970.
public func now() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_REALTIME, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

// MARK: Writing

extension Ledger {
  /// Marks runs of dead processes as interrupted: the caller holds the lock, so nobody else is running.
  ///
  /// - Returns: their ids.
  func closeInterrupted() throws -> [String] {
    let ids = try database.run("SELECT id FROM runs WHERE status = 'running'")
      .compactMap { $0.text("id") }
    guard !ids.isEmpty else { return [] }
    try database.run(
      """
      UPDATE steps SET status = 'interrupted', message = 'flow ended before the step did'
      WHERE status IN ('running', 'waiting')
        AND run IN (SELECT id FROM runs WHERE status = 'running')
      """)
    try database.run("UPDATE runs SET status = 'interrupted' WHERE status = 'running'")
    // One that is not dead, since the lock was lost, must not enter what becomes of the steps that are ended now.
    try database.run("DELETE FROM writer")
    return ids
  }

  func beginRun(_ run: RunRecord, source: String, inputs: [String: String] = [:]) throws {
    try database.run(
      """
      INSERT INTO runs (id, workflow, file, source, parameters, flow_version, host, pid, cpus, memory,
        started, inputs, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')
      """,
      [
        .text(run.id), .text(run.workflow), .text(run.file), .text(source),
        .text(run.parameters.text), .text(run.flowVersion), .text(run.host), .integer(run.pid),
        .integer(run.cpus), .integer(run.memory), .real(run.started),
        .text(JSON.object(inputs.mapValues { .string($0) }).text),
      ])
  }

  /// From now on only this run writes: each of its transactions, and each of any other run that still believes so, asks.
  func takeOver(as run: String) throws {
    try database.run("INSERT OR REPLACE INTO writer (id, run) VALUES (0, ?)", [.text(run)])
    database.fence = ("SELECT 1 AS ours FROM writer WHERE run = ?", [.text(run)])
  }

  func endRun(_ id: String, status: RunStatus) throws {
    try database.run(
      "UPDATE runs SET ended = ?, status = ? WHERE id = ?",
      [.real(now()), .text(status.rawValue), .text(id)])
  }

  /// The row of a plugin's library, added where it is new.
  func plugin(_ manifest: Manifest, library: String, sha256: String) throws -> Int {
    let identity: [SQLValue] = [
      .text(manifest.id), .text(manifest.version), .text(library), .text(sha256),
    ]
    try database.run(
      "INSERT OR IGNORE INTO plugins (name, version, library, sha256, abi) VALUES (?, ?, ?, ?, ?)",
      identity + [.integer(manifest.abi)])
    return try database.run(
      "SELECT id FROM plugins WHERE name = ? AND version = ? AND library = ? AND sha256 = ?",
      identity
    ).first?.integer("id") ?? 0
  }

  func addStep(run: String, task: Plan.Task, plugin: Int?, needs: [String]) throws -> Int {
    try database.run(
      """
      INSERT INTO steps (run, name, step, operation, plugin, status, needs, cpus, memory, time_limit)
      VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?)
      """,
      [
        .text(run), .text(task.id), .text(task.step),
        .text(task.use), SQLValue(plugin),
        .text(JSON.array(needs.map { .string($0) }).text), .integer(task.resources.cpus),
        SQLValue(task.resources.memory), SQLValue(task.resources.time),
      ])
    let step = database.lastInserted
    var parameters = task.parameters
    // No parameter of a script has that name, which is a word of the workflow.
    if case .script(let script) = task.program { parameters["shell"] = .string(script.text) }
    for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
      try database.run(
        "INSERT INTO parameters (step, name, value) VALUES (?, ?, ?)",
        [.integer(step), .text(name), .text(value.text)])
    }
    return step
  }

  func addArtifact(_ artifact: Artifact) throws {
    try database.run(
      "INSERT OR IGNORE INTO artifacts (sha256, kind, bytes) VALUES (?, ?, ?)",
      [.text(artifact.sha256), .text(artifact.kind.rawValue), .integer(artifact.bytes)])
    for entry in artifact.entries {
      try database.run(
        "INSERT OR IGNORE INTO directory_entries (directory, path, sha256, bytes) VALUES (?, ?, ?, ?)",
        [
          .text(artifact.sha256), .text(entry.path), .text(entry.sha256), .integer(entry.bytes),
        ])
    }
  }

  func addInput(
    step: Int, name: String, position: Int, artifact: Artifact, path: String
  ) throws {
    try addArtifact(artifact)
    try database.run(
      """
      INSERT OR REPLACE INTO inputs (step, name, position, sha256, path, key)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        .integer(step), .text(name), .integer(position), .text(artifact.sha256), .text(path),
        SQLValue(try producer(of: path)),
      ])
  }

  /// The inputs of a step that no step made, with their contents when its key was found.
  func sources(ofStep step: Int) throws -> [(path: String, sha256: String)] {
    try database.run(
      "SELECT path, sha256 FROM inputs WHERE step = ? AND key IS NULL ORDER BY name, position",
      [.integer(step)]
    ).map { ($0.text("path") ?? "", $0.text("sha256") ?? "") }
  }

  /// The key of the step in whose directory of this store `path` lies; nil for a source.
  ///
  /// Equal bytes may come from several steps: only the place says which of them a step was given.
  private func producer(of path: String) throws -> String? {
    let store = realDirectory + "/steps/"
    guard path.hasPrefix(store) else { return nil }
    let components = path.dropFirst(store.count).split(separator: "/")
    return components.count > 1 ? String(components[1]) : nil
  }

  /// - Parameter rest: what the key is made of and the ledger has nowhere else.
  func setKey(step: Int, _ key: String, rest: JSON = [:]) throws {
    try database.run(
      "UPDATE steps SET key = ?, key_rest = ? WHERE id = ?",
      [.text(key), .text(rest.text), .integer(step)])
  }

  func setStatus(
    step: Int, _ status: StepStatus, started: Double? = nil, ended: Double? = nil,
    message: String? = nil
  ) throws {
    try database.run(
      """
      UPDATE steps SET status = ?, started = coalesce(?, started), ended = coalesce(?, ended),
        message = coalesce(?, message) WHERE id = ?
      """,
      [
        .text(status.rawValue), SQLValue(started), SQLValue(ended), SQLValue(message),
        .integer(step),
      ])
  }

  func beginAttempt(step: Int, number: Int, pid: Int?) throws -> Int {
    try database.run(
      "INSERT INTO attempts (step, number, pid, started) VALUES (?, ?, ?, ?)",
      [.integer(step), .integer(number), SQLValue(pid), .real(now())])
    return database.lastInserted
  }

  func endAttempt(_ attempt: Int, _ outcome: StepOutcome) throws {
    try database.run(
      """
      UPDATE attempts SET ended = ?, exit_code = ?, signal = ?, user_seconds = ?, system_seconds = ?,
        peak_memory = ?, bytes_read = ?, bytes_written = ?, message = ? WHERE id = ?
      """,
      [
        .real(now()), SQLValue(outcome.exitCode), SQLValue(outcome.signal),
        .real(outcome.usage.userSeconds), .real(outcome.usage.systemSeconds),
        .integer(outcome.usage.peakMemory), SQLValue(outcome.usage.bytesRead),
        SQLValue(outcome.usage.bytesWritten), .text(outcome.message), .integer(attempt),
      ])
  }

  func addMetric(step: Int, name: String, at: Int, value: Double) throws {
    try database.run(
      "INSERT INTO metrics (step, name, at, value, time) VALUES (?, ?, ?, ?, ?)",
      [.integer(step), .text(name), .integer(at), .real(value), .real(now())])
  }

  func addRecord(step: Int, key: String, value: JSON) throws {
    try database.run(
      "INSERT OR REPLACE INTO records (step, key, value) VALUES (?, ?, ?)",
      [.integer(step), .text(key), .text(value.text)])
  }

  /// The result of a key is in place: from now on it is reused.
  func addResult(
    key: String, step: Int, outputs: [(name: String, path: String, artifact: Artifact)]
  ) throws {
    try database.transaction {
      try database.run("DELETE FROM outputs WHERE key = ?", [.text(key)])
      try database.run(
        "INSERT OR REPLACE INTO results (key, step, created, boot, digest) VALUES (?, ?, ?, ?, ?)",
        [
          .text(key), .integer(step), .real(now()), .text(Boot.id),
          .text(Self.digest(of: outputs.map { ($0.name, $0.path, $0.artifact.sha256) })),
        ])
      for output in outputs {
        try addArtifact(output.artifact)
        try database.run(
          "INSERT INTO outputs (key, name, path, sha256) VALUES (?, ?, ?, ?)",
          [
            .text(key), .text(output.name), .text(output.path), .text(output.artifact.sha256),
          ])
      }
      try setStatus(step: step, .done, ended: now())
    }
  }

  /// - Parameter step: that had it, in this run.
  func addPublished(run: String, path: String, sha256: String, step: Int?) throws {
    try database.run(
      "INSERT OR REPLACE INTO published (run, path, sha256, key) "
        + "VALUES (?, ?, ?, (SELECT key FROM steps WHERE id = ?))",
      [.text(run), .text(path), .text(sha256), SQLValue(step)])
  }
}
