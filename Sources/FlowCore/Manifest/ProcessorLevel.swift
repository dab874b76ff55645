import Files

/// The x86-64 microarchitecture levels of the psABI, by which libraries choose their kernels.
///
/// Source: https://gitlab.com/x86-psABIs/x86-64-ABI, "Micro-Architecture Levels".
public enum ProcessorLevel: String, CaseIterable, Sendable {
  /// AVX2, BMI, FMA.
  case v3 = "x86-64-v3"
  /// AVX-512 F, BW, CD, DQ, VL.
  case v4 = "x86-64-v4"

  private var flags: Set<String> {
    switch self {
    case .v3: ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave"]
    case .v4: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]
    }
  }

  /// Whether this machine's processor is of this level, by the kernel's word in `/proc/cpuinfo`, which also
  /// knows whether the system saves the wide registers.
  public var isPresent: Bool {
    guard let text = try? Path.readText("/proc/cpuinfo", limit: 1 << 24),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
    else { return false }
    return flags.isSubset(of: line.split(separator: " ").map(String.init))
  }
}
