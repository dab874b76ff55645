/// A wafer-scale system, as far as public sources describe it. `docs/wafer.md` lists the source of each
/// number and where sources disagree.
struct WaferSystem: Equatable, Sendable {
  /// Name as a parameter: `cs-2`.
  var name: String
  /// Processor cores of the wafer.
  var cores: Int
  /// Columns and rows of the mesh that programs may use, in cores.
  var columns: Int
  var rows: Int
  /// Cycles per second.
  var clock: Double
  /// Half-precision multiply-adds per core and cycle.
  var multiplyAdds: Int
  /// Memory per core in bytes.
  var memoryPerCore: Int

  /// Half-precision operations per second of one core; a multiply-add is two.
  var corePeak: Double { clock * Double(2 * multiplyAdds) }
  /// Dense half-precision operations per second of the wafer.
  var peak: Double { corePeak * Double(cores) }
  /// Bytes of memory on the wafer.
  var memory: Int { cores * memoryPerCore }

  static let cs1 = WaferSystem(
    name: "cs-1", cores: 400_000, columns: 602, rows: 595, clock: 0.85e9, multiplyAdds: 4,
    memoryPerCore: 48 << 10)
  static let cs2 = WaferSystem(
    name: "cs-2", cores: 850_000, columns: 750, rows: 994, clock: 1.1e9, multiplyAdds: 4,
    memoryPerCore: 48 << 10)
  static let cs3 = WaferSystem(
    name: "cs-3", cores: 900_000, columns: 755, rows: 1170, clock: 1.1e9, multiplyAdds: 8,
    memoryPerCore: 48 << 10)

  static let all = [cs1, cs2, cs3]
}
