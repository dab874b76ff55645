import Files
import FlowTesting
import Testing

/// Operations on the device `cuda`, here the emulated one, as a user starts them.
@Suite struct DeviceTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  /// A toolkit that the tester has must not be mixed with the emulated driver. That, unlike a real one, runs a compiler
  /// on files beside itself, which the sandbox rightly denies.
  private func environment(_ libraries: String) -> [String: String] {
    ["LD_LIBRARY_PATH": libraries, "CUDA_HOME": "", "CUDA_PATH": "", "FLOW_SANDBOX": "off"]
  }

  private func verify(libraries: String) throws -> CommandResult {
    try Built.flow(
      [
        "pretrain", "verify", "--input",
        "golden=\(Built.sourceTree())/Tests/Fixtures/golden/bert-odd", "--param", "device=cuda",
        "--output-dir", work.at("out"),
      ], in: work.path, environment: environment(libraries))
  }

  @Test func aDeviceIsVerified() throws {
    let result = try verify(libraries: EmulatedCUDA.directory())
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("computed on cuda (Emulated GPU, compute capability 9.0)"))
    #expect(try JSON(parsing: work.read("out/report.json"))["passed"] == true)
  }

  @Test func aDeviceIsTimed() throws {
    let result = try Built.flow(
      ["bench", "train", "--device", "cuda", "--config", "tiny", "--batch", "1", "--steps", "1"],
      in: work.path, environment: environment(EmulatedCUDA.directory()))
    #expect(result.status == 0, "\(result.errors)")
    let line = try JSON(parsing: result.output)
    #expect(line["device"] == "cuda")
    // 32 MiB of it are cuBLASLt's, and not counted; weights, gradients and moments take 16 bytes each.
    let parameters = try #require(line["parameters"]?.integer)
    #expect(try #require(line["peak_memory_mib"]?.number) > Double(16 * parameters) / 0x1p20)
  }

  @Test func aStepThatNeedsMoreMemoryThanThereIsSaysSo() throws {
    try EmulatedCUDA.make(in: work.path, mebibytes: 32)
    let result = try verify(libraries: work.path)
    #expect(result.status != 0)
    #expect(result.errors.contains("out of memory on the GPU: "), "\(result.errors)")
    #expect(result.errors.contains("use smaller batches"))
  }

  @Test func aMachineWithoutDriverSaysWhatIsMissing() throws {
    let result = try verify(libraries: "/nowhere")
    // On a machine with a GPU there is a driver, and the step does its work.
    if result.status != 0 {
      #expect(result.errors.contains("libcuda.so.1"), "\(result.errors)")
    }
  }
}
