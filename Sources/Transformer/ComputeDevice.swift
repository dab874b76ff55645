/// The devices that a model can be put on, by the names that users give them.
public enum ComputeDevice: String, Sendable, Codable, CaseIterable {
  case cpu
  /// The first GPU of NVIDIA's that this process may use; the variable CUDA_VISIBLE_DEVICES chooses
  /// among several.
  case cuda

  /// Opens a device.
  ///
  /// - Parameter threads: how many the processor may use; on a GPU it has no meaning.
  /// - Throws: `DeviceError` where there is no such device or a library of it is missing.
  public func open(threads: Int) throws(DeviceError) -> any Device {
    switch self {
    case .cpu: CPU(threads: threads)
    case .cuda: try CUDA()
    }
  }

  /// Opens the device of that name.
  ///
  /// - Throws: `DeviceError` where there is no such device or a library of it is missing.
  public static func make(named name: String, threads: Int) throws(DeviceError) -> any Device {
    guard let device = ComputeDevice(rawValue: name) else {
      let known = allCases.map(\.rawValue).joined(separator: ", ")
      throw DeviceError("there is no device '\(name)'; known: \(known)")
    }
    return try device.open(threads: threads)
  }
}
