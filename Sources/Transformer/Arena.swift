/// Owner of device memory; frees all of it at once.
public final class Arena {
  private let device: any Device
  private var blocks: [UnsafeMutableRawPointer] = []

  public init(_ device: any Device) { self.device = device }

  deinit { for block in blocks { device.free(block) } }

  /// `count` zeroed float32 numbers.
  public func floats(_ count: Int) -> Floats {
    let block = device.allocate(bytes: count * MemoryLayout<Float>.stride)
    blocks.append(block)
    return block.bindMemory(to: Float.self, capacity: count)
  }

  /// `count` zeroed 32-bit integers.
  public func integers(_ count: Int) -> Integers {
    let block = device.allocate(bytes: count * MemoryLayout<Int32>.stride)
    blocks.append(block)
    return block.bindMemory(to: Int32.self, capacity: count)
  }
}
