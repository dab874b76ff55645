/// How whoever started a run or a step wants it to stop.
public enum StopRequest: Sendable {
  /// What runs may save its work, for as long as it is given.
  case inOrder
  /// What runs is ended.
  case atOnce
}
