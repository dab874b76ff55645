/// The devices that a model can be put on, by the names that users give them.
public enum ComputeDevice: String, Sendable, Codable, CaseIterable {
  case cpu
  /// The first GPU of NVIDIA's that this process may use; the variable CUDA_VISIBLE_DEVICES chooses
  /// among several.
  case cuda

  /// What the operands of dense layers may be rounded to before they are multiplied. Sums, weights,
  /// gradients, moments and all else are float32.
  public enum Precision: String, Sendable, Codable, CaseIterable {
    case float32
    /// 11 bits of precision; of GPUs since Ampere.
    case tf32
    /// 8 bits of precision.
    case bfloat16
  }

  /// Opens a device.
  ///
  /// - Parameter threads: how many the processor may use; on a GPU it has no meaning.
  /// - Throws: `DeviceError` where there is no such device, it has no such precision, or a library of it is missing.
  public func open(
    threads: Int, precision: Precision = .float32
  ) throws(DeviceError) -> any Device {
    switch (self, precision) {
    case (.cpu, .float32): return CPU(threads: threads)
    case (.cpu, .bfloat16):
      guard CPU.hasBFloat16 else {
        throw DeviceError("this processor has no instructions for bfloat16 (AVX512_BF16)")
      }
      return CPU(threads: threads, precision: .bfloat16)
    case (.cpu, .tf32): throw DeviceError("processors do not compute in tf32; GPUs do")
    case (.cuda, _): return try CUDA(precision: precision)
    }
  }

  /// Opens the device of that name.
  ///
  /// - Throws: `DeviceError` where there is no such device, it has no such precision, or a library of it is missing.
  public static func make(
    named name: String, threads: Int, precision: Precision = .float32
  ) throws(DeviceError) -> any Device {
    guard let device = ComputeDevice(rawValue: name) else {
      let known = allCases.map(\.rawValue).joined(separator: ", ")
      throw DeviceError("there is no device '\(name)'; known: \(known)")
    }
    return try device.open(threads: threads, precision: precision)
  }
}
