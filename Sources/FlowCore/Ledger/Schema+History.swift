extension Schema {
  /// What explains a decision later: the parts of a key that stand nowhere else, and what became of results.
  static let history = """
    -- JSON: what a key was made of beside plugin, operation, script, parameters and inputs.
    ALTER TABLE steps ADD COLUMN key_rest TEXT;
    CREATE INDEX steps_by_name ON steps(name);
    CREATE TABLE lost_results (        -- results that were there once
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL,
      cause TEXT NOT NULL,             -- missing, changed, unsaved, cleaned
      step INTEGER,                    -- that had made it
      noticed_by INTEGER,              -- the step that asked for it; NULL for flow clean
      at REAL NOT NULL,
      output TEXT,                     -- whose content is missing or changed
      path TEXT,                       -- of its file, from the state directory on
      expected TEXT, found TEXT        -- SHA-256
    );
    CREATE INDEX lost_results_by_key ON lost_results(key);
    """

  /// The contents of lost results, with which what is made in their place is compared.
  static let lostOutputs = """
    CREATE TABLE lost_outputs (
      lost INTEGER NOT NULL REFERENCES lost_results(id),
      name TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL,
      PRIMARY KEY (lost, name)
    ) WITHOUT ROWID;
    """

  /// What a run was given, so that it can be run again; lost results by their contents.
  static let settings = """
    ALTER TABLE runs ADD COLUMN inputs TEXT;   -- JSON: the paths of the workflow's inputs by name
    CREATE INDEX lost_outputs_by_sha256 ON lost_outputs(sha256);
    """
}
