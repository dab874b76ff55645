extension Schema {
  /// How far running steps are, for those who watch from elsewhere.
  static let progress = """
    CREATE TABLE progress (            -- the last that a step told, about once a second
      step INTEGER PRIMARY KEY REFERENCES steps(id),
      done REAL NOT NULL, total REAL NOT NULL, unit TEXT NOT NULL, note TEXT,
      rate REAL,                       -- units a second
      time REAL NOT NULL
    );
    """
}
