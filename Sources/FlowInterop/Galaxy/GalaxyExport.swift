import FlowCore
public enum GalaxyExport {
  public static func write(_ operations: [String], of registry: Registry, to directory: String) throws -> [String] { [] }
}
