extension Schema {
  /// Which run may write. The lock on the state directory says so first; this holds where it was lost, be it that a
  /// network file system forgot it or that somebody deleted the file.
  static let fence = """
    CREATE TABLE writer (id INTEGER PRIMARY KEY CHECK (id = 0), run TEXT NOT NULL);
    """
}
