import FlowTesting
import Testing

@testable import Transformer

/// What a user is told where a GPU cannot be used.
@Suite struct DeviceErrorTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  private func message(index: Int = 0) -> String {
    do {
      _ = try CUDA(index: index, search: LibrarySearch(directories: [work.path]))
      return "no error"
    } catch {
      return error.description
    }
  }

  @Test func noDriver() {
    #expect(message().contains("libcuda.so.1"))
    #expect(message().contains("needs NVIDIA's driver"))
  }

  @Test func noDevice() throws {
    try EmulatedCUDA.make(in: work.path, devices: 0)
    #expect(
      message()
        == "CUDA: cuInit: CUDA_ERROR_NO_DEVICE, no CUDA-capable device is detected (100)")
  }

  @Test func noSuchDevice() throws {
    try EmulatedCUDA.make(in: work.path)
    #expect(
      message(index: 1)
        == "there is no CUDA device 1: the driver shows 1 (CUDA_VISIBLE_DEVICES may hide some)")
  }

  @Test func deviceTooOldForUs() throws {
    try EmulatedCUDA.make(in: work.path, capability: 61)
    #expect(message() == "Emulated GPU has compute capability 6.1; at least 7.0 is needed")
  }

  @Test func deviceTooOldForTheCompiler() throws {
    try EmulatedCUDA.make(in: work.path, capability: 70)
    #expect(
      message()
        == "the GPU has compute capability 7.0, and NVRTC 13.0 compiles for 7.5 and newer: use an older NVRTC"
    )
  }

  @Test func deviceNewerThanTheCompilerGetsPortableCode() throws {
    try EmulatedCUDA.make(in: work.path, capability: 121)
    let device = try CUDA(search: LibrarySearch(directories: [work.path]))
    #expect(device.description.core == "Emulated GPU, compute capability 12.1")
  }

  @Test func noToolkit() throws {
    try EmulatedCUDA.make(in: work.path, toolkit: nil)
    #expect(message().contains("needs NVRTC of CUDA 13 or older: install"))
  }

  @Test func toolkitNewerThanTheDriver() throws {
    try EmulatedCUDA.make(in: work.path, driverVersion: 12040, toolkit: 13)
    #expect(message().contains("nvidia-cuda-nvrtc-cu12"), "\(message())")
  }

  @Test func noMemory() throws {
    try EmulatedCUDA.make(in: work.path, mebibytes: 33)
    let device = try CUDA(search: LibrarySearch(directories: [work.path]))
    #expect(
      device.outOfMemory(1 << 21)
        == "out of memory on the GPU: 2097152 bytes were asked for, 1048576 of 34603008 are free; use "
        + "smaller batches, or fewer programs at once on this GPU")
  }

  @Test func noMemoryForTheWorkspace() throws {
    try EmulatedCUDA.make(in: work.path, mebibytes: 16)
    #expect(message().contains("memory for cuBLASLt's workspace: CUDA_ERROR_OUT_OF_MEMORY"))
  }

  @Test func unknownName() {
    #expect(throws: DeviceError("there is no device 'tpu'; known: cpu, cuda")) {
      _ = try ComputeDevice.make(named: "tpu", threads: 1)
    }
    #expect(throws: DeviceError("processors do not compute in tf32; GPUs do")) {
      _ = try ComputeDevice.make(named: "cpu", threads: 1, precision: .tf32)
    }
  }
}
