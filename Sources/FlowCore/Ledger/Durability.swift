/// What a crash of the machine may have done to a result.
enum Durability {
  /// Nothing: it is on the disk.
  case onDisk
  /// Nothing so far: it was written since this machine was started, and what was written can be read.
  case written
  /// It was written before the machine was last started, or by another, and may not have reached the disk.
  case unsure
}
