extension Schema {
  /// Attempts that are jobs of a batch system, so that an engine finds those of its dead predecessor.
  static let jobs = """
    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY,
      step INTEGER NOT NULL REFERENCES steps(id),  -- that it was submitted for
      key TEXT NOT NULL,
      name TEXT NOT NULL,              -- of the submission, which is the job's name at Slurm; unique
      position INTEGER,                -- in an array; NULL for a job of its own
      number INTEGER,                  -- Slurm's, of the job or the array; NULL until it is known
      submitted REAL NOT NULL,
      began REAL, ended REAL,          -- at work; by the node's clock
      closed REAL,                     -- nothing more is expected of it
      node TEXT,
      state TEXT                       -- Slurm's word for its end, or the engine's: done, failed, ...
    );
    CREATE INDEX jobs_by_step ON jobs(step);
    CREATE INDEX jobs_open ON jobs(key) WHERE closed IS NULL;
    """
}
