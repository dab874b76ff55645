extension Schema {
  /// What an attempt and those it waited for read and wrote, pipes and terminals included.
  static let transfer = """
    ALTER TABLE attempts ADD COLUMN bytes_read INTEGER;
    ALTER TABLE attempts ADD COLUMN bytes_written INTEGER;
    """
}
