import CSQLite

/// The tables of the provenance database, as an ordered list of migrations.
///
/// Migrations are only ever added at the end; `PRAGMA user_version` counts those that a file has.
/// docs/provenance.md shows the schema with example queries.
enum Schema {
  static let migrations: [String] = [
    initial,
    history,
    durability,
    lostOutputs,
    progress,
    settings,
    jobs,
    fence,
    planFiles,
    transfer,
    digest,
    publishedKeys,
  ]

  static func migrate(_ database: SQLiteConnection) throws {
    let version = try version(of: database)
    guard version < migrations.count else { return }
    // All at once: whoever is killed here leaves the old tables or the new ones.
    try database.transaction {
      for migration in migrations[version...] { try database.script(migration) }
      try database.script("PRAGMA user_version = \(migrations.count)")
    }
  }

  /// Whether a database has all tables, not only those of an older flow.
  ///
  /// - Throws: `SQLiteError` for a database that is newer than this flow.
  static func isCurrent(_ database: SQLiteConnection) throws(SQLiteError) -> Bool {
    try version(of: database) == migrations.count
  }

  /// Whether nothing was ever written: its engine died before it had made the tables.
  static func isEmpty(_ database: SQLiteConnection) throws(SQLiteError) -> Bool {
    try version(of: database) == 0
  }

  private static func version(of database: SQLiteConnection) throws(SQLiteError) -> Int {
    let version = try database.run("PRAGMA user_version").first?.integer("user_version") ?? 0
    guard version >= 0 else {
      throw SQLiteError(
        code: SQLITE_CORRUPT, message: "its schema has the number \(version)",
        sql: "PRAGMA user_version")
    }
    guard version <= migrations.count else {
      throw SQLiteError(
        code: 0,
        message:
          "it was written by a newer flow (schema \(version), known here: \(migrations.count))",
        sql: "PRAGMA user_version")
    }
    return version
  }

  private static let initial = """
    CREATE TABLE runs (
      id TEXT PRIMARY KEY,
      workflow TEXT NOT NULL,
      file TEXT NOT NULL,
      source TEXT NOT NULL,            -- the workflow file's text
      parameters TEXT NOT NULL,        -- JSON
      flow_version TEXT NOT NULL,
      host TEXT NOT NULL,
      pid INTEGER NOT NULL,
      cpus INTEGER NOT NULL,
      memory INTEGER NOT NULL,         -- bytes the run may use
      started REAL NOT NULL,           -- seconds since 1970
      ended REAL,
      status TEXT NOT NULL             -- running, done, failed, cancelled, interrupted
    );
    CREATE TABLE plugins (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL, version TEXT NOT NULL, abi INTEGER NOT NULL,
      library TEXT NOT NULL, sha256 TEXT NOT NULL,
      UNIQUE (name, version, library, sha256)
    );
    CREATE TABLE steps (
      id INTEGER PRIMARY KEY,
      run TEXT NOT NULL REFERENCES runs(id),
      name TEXT NOT NULL,              -- with the values of its axes: binding[factor=MAX]
      step TEXT NOT NULL,              -- the step of the workflow file
      operation TEXT NOT NULL,         -- PLUGIN/OPERATION
      plugin INTEGER REFERENCES plugins(id),
      key TEXT,                        -- SHA-256 of all that decides the result; known when inputs are
      status TEXT NOT NULL,            -- waiting, running, done, reused, failed, cancelled, skipped, interrupted
      needs TEXT NOT NULL,             -- JSON list of step names
      cpus INTEGER NOT NULL, memory INTEGER, time_limit INTEGER,
      started REAL, ended REAL,
      message TEXT
    );
    CREATE INDEX steps_by_run ON steps(run);
    CREATE INDEX steps_by_key ON steps(key);
    CREATE TABLE attempts (
      id INTEGER PRIMARY KEY,
      step INTEGER NOT NULL REFERENCES steps(id),
      number INTEGER NOT NULL, pid INTEGER,
      started REAL NOT NULL, ended REAL,
      exit_code INTEGER, signal INTEGER,
      user_seconds REAL, system_seconds REAL, peak_memory INTEGER,
      message TEXT
    );
    CREATE INDEX attempts_by_step ON attempts(step);
    CREATE TABLE parameters (
      step INTEGER NOT NULL REFERENCES steps(id), name TEXT NOT NULL, value TEXT NOT NULL, -- JSON
      PRIMARY KEY (step, name)
    ) WITHOUT ROWID;
    CREATE TABLE artifacts (
      sha256 TEXT PRIMARY KEY,
      kind TEXT NOT NULL,              -- file, directory
      bytes INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE directory_entries (   -- the files of artifacts that are directories
      directory TEXT NOT NULL REFERENCES artifacts(sha256),
      path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,
      PRIMARY KEY (directory, path)
    ) WITHOUT ROWID;
    CREATE INDEX directory_entries_by_sha256 ON directory_entries(sha256);
    CREATE TABLE inputs (
      step INTEGER NOT NULL REFERENCES steps(id), name TEXT NOT NULL, position INTEGER NOT NULL,
      sha256 TEXT NOT NULL, path TEXT NOT NULL,
      key TEXT,                        -- of the step that made it; NULL for a source
      PRIMARY KEY (step, name, position)
    ) WITHOUT ROWID;
    CREATE INDEX inputs_by_sha256 ON inputs(sha256);
    CREATE TABLE results (
      key TEXT PRIMARY KEY,
      step INTEGER NOT NULL REFERENCES steps(id),   -- the step that made it
      created REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE outputs (
      key TEXT NOT NULL REFERENCES results(key),
      name TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
      PRIMARY KEY (key, name)
    ) WITHOUT ROWID;
    CREATE INDEX outputs_by_sha256 ON outputs(sha256);
    CREATE TABLE metrics (
      step INTEGER NOT NULL REFERENCES steps(id), name TEXT NOT NULL,
      at INTEGER NOT NULL, value REAL, time REAL NOT NULL
    );
    CREATE INDEX metrics_by_step ON metrics(step, name);
    CREATE TABLE records (
      step INTEGER NOT NULL REFERENCES steps(id), key TEXT NOT NULL, value TEXT NOT NULL, -- JSON
      PRIMARY KEY (step, key)
    ) WITHOUT ROWID;
    CREATE TABLE published (
      run TEXT NOT NULL REFERENCES runs(id), path TEXT NOT NULL, sha256 TEXT NOT NULL,
      PRIMARY KEY (run, path)
    ) WITHOUT ROWID;
    CREATE TABLE file_hashes (         -- a cache; safe to empty
      device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
      modified INTEGER NOT NULL, changed INTEGER NOT NULL,   -- nanoseconds
      sha256 TEXT NOT NULL,
      PRIMARY KEY (device, inode)
    ) WITHOUT ROWID;
    """
}
