/// The error that `body` throws, as text; empty where it throws none.
public func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch { return "\(error)" }
}
