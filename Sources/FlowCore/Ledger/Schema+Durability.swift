extension Schema {
  /// Which results and hashes may be known to a machine's memory only.
  ///
  /// Nothing is synced step by step: a machine that goes on running, whatever was killed on it, reads what was
  /// written. Only one that was started anew may not, and it has another boot id.
  static let durability = """
    -- The boot of the machine that made the result, NULL once its outputs are surely on the disk.
    ALTER TABLE results ADD COLUMN boot TEXT;
    -- The boot of the machine that hashed a file which was then too fresh to be surely on the disk.
    ALTER TABLE file_hashes ADD COLUMN boot TEXT;
    """
}
