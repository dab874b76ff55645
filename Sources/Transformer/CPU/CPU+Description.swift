import CBLAS
import CKernels
import Glibc

extension CPU {
  public var description: ComputeDescription {
    guard usesBLAS else {
      return ComputeDescription(
        device: "cpu", threads: threads, library: "flow",
        core: (vectors == KERNEL_AVX512 ? "AVX-512" : vectors == KERNEL_AVX2 ? "AVX2" : "baseline")
          + (precision == .bfloat16 ? " bfloat16" : ""),
        warning: nil)
    }
    let core = String(cString: openblas_get_corename())
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return ComputeDescription(
      device: "cpu", threads: threads, library: words.prefix(2).joined(separator: " "), core: core,
      warning: CPU.warning(core: core, features: CPU.features))
  }

  /// Why OpenBLAS's kernels for `core` are slower than this processor allows, or nil.
  ///
  /// OpenBLAS before 0.3.25 does not know newer Intel processors and falls back to its SSE3
  /// kernels, five times slower (https://github.com/OpenMathLib/OpenBLAS/issues/4267).
  static func warning(core: String, features: Features) -> String? {
    let wide: Set = ["SkylakeX", "Cooperlake", "SapphireRapids"]
    let middle: Set = ["Haswell", "Zen", "Excavator"]
    let fit: String
    switch features {
    case .avx512 where !wide.contains(core): fit = "SkylakeX"
    case .avx2 where !wide.contains(core) && !middle.contains(core): fit = "Haswell"
    default: return nil
    }
    return "OpenBLAS uses its kernels for \(core), which are slower than this processor allows; "
      + "set OPENBLAS_CORETYPE=\(fit) in the environment"
  }

  enum Features { case avx512, avx2, other }

  /// What this processor offers, as Linux tells it.
  static var features: Features {
    #if arch(x86_64)
      guard let file = fopen("/proc/cpuinfo", "r") else { return .other }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 1 << 14)
      while fgets(&line, Int32(line.count), file) != nil {
        let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("flags") else { continue }
        let flags = Set(text.split { $0 == " " || $0 == "\n" || $0 == "\t" })
        if flags.isSuperset(of: ["avx512f", "avx512bw", "avx512dq", "avx512vl"]) { return .avx512 }
        return flags.isSuperset(of: ["avx2", "fma"]) ? .avx2 : .other
      }
    #endif
    return .other
  }
}
