extension Schema {
  /// What a result is made of, in one number: a row of `outputs` that was lost to a flipped bit is missed by no index, and
  /// an optional output without a row looks like one that was not made.
  static let digest = """
    -- SHA-256 over the names, paths and contents of the outputs; NULL for a result of an older flow.
    ALTER TABLE results ADD COLUMN digest TEXT;
    """
}
