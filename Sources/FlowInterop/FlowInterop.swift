import FlowCore

public enum NextflowExport {
  public static func write(_ plan: Plan, to directory: String) throws -> [String] { [] }
}

public enum GalaxyExport {
  public static func write(_ operations: [String], of registry: Registry, to directory: String) throws -> [String] { [] }
}
