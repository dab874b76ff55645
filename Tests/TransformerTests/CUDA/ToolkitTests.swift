import FlowTesting
import Testing

@testable import Transformer

/// NVIDIA's own libraries, which need no GPU for this. They are looked for as users have them: in CUDA_HOME,
/// LD_LIBRARY_PATH and the system.
@Suite struct ToolkitTests {
  /// Takes any version: there is no driver to fit.
  private static let anyVersion = 13990
  static let compiler = try? RuntimeCompiler(LibrarySearch(), driverVersion: anyVersion)
  static let library = try? MatrixLibrary(LibrarySearch(), driverVersion: anyVersion)

  /// Ampere, Hopper, and the newest that this NVRTC knows.
  static let architectures = Set((compiler?.architectures.suffix(1) ?? []) + [80, 90]).sorted()

  @Test(
    .enabled(
      if: compiler != nil, "NVRTC is not here; CUDA_HOME names a folder with lib/libnvrtc.so"),
    arguments: architectures)
  func kernelsCompileToMachineCode(architecture: Int) throws {
    let compiler = try #require(ToolkitTests.compiler)
    let code = try compiler.compile(RuntimeCompiler.Source.kernels, capability: architecture)
    #expect(code.prefix(4) == [0x7F, 0x45, 0x4C, 0x46], "an ELF file")
    let names = Set(code.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    for kernel in Kernel.allCases {
      #expect(names.contains(".text.\(kernel.rawValue)"), "\(kernel.rawValue)")
    }
  }

  @Test(
    .enabled(
      if: compiler != nil, "NVRTC is not here; CUDA_HOME names a folder with lib/libnvrtc.so"))
  func kernelsCompileToPortableCodeForNewerDevices() throws {
    let compiler = try #require(ToolkitTests.compiler)
    let code = try compiler.compile(RuntimeCompiler.Source.kernels, capability: 999)
    let text = String(decoding: code, as: UTF8.self)
    #expect(text.contains(".visible .entry attention_forward("))
  }

  /// Descriptors are made without a device: sizes and numbers of the attributes are those of the library.
  @Test(
    .enabled(
      if: library != nil, "cuBLASLt is not here; CUDA_HOME names a folder with lib/libcublasLt.so"))
  func productsAreDescribedAsTheLibraryExpects() throws {
    let library = try #require(ToolkitTests.library)
    var product: MatrixLibrary.Handle?
    var layout: MatrixLibrary.Handle?
    var preference: MatrixLibrary.Handle?
    try library.check(
      library.createProduct(
        &product, MatrixLibrary.ComputeType.float32.rawValue, MatrixLibrary.float32), "product")
    try library.check(
      library.createLayout(&layout, MatrixLibrary.float32, 3, 5, 3), "layout")
    try library.check(library.createPreference(&preference), "preference")
    defer {
      _ = library.destroyProduct(product)
      _ = library.destroyLayout(layout)
      _ = library.destroyPreference(preference)
    }
    func set(_ attribute: MatrixLibrary.ProductAttribute, _ value: [UInt32]) -> Int32 {
      library.setProductAttribute(product, attribute.rawValue, value, 4 * value.count)
    }
    func prefer(_ attribute: MatrixLibrary.PreferenceAttribute, _ value: [UInt32]) -> Int32 {
      library.setPreferenceAttribute(preference, attribute.rawValue, value, 4 * value.count)
    }
    #expect(set(.transposeA, [1]) == 0)
    #expect(set(.transposeB, [0]) == 0)
    #expect(set(.epilogue, [MatrixLibrary.Epilogue.bias.rawValue]) == 0)
    #expect(set(.biasPointer, [256, 0]) == 0)
    #expect(set(.biasPointer, [256]) != 0, "an address has 8 bytes")
    #expect(prefer(.workspaceBytes, [1 << 20, 0]) == 0)
    #expect(prefer(.workspaceBytes, [1 << 20]) != 0, "its size has 8 bytes")
    for alignment: MatrixLibrary.PreferenceAttribute in [
      .alignmentA, .alignmentB, .alignmentC, .alignmentD,
    ] {
      #expect(prefer(alignment, [16]) == 0)
    }
  }

  @Test func compilersMessagesAreShown() throws {
    let compiler = try RuntimeCompiler(
      LibrarySearch(directories: [EmulatedCUDA.directory()]), driverVersion: 13000)
    let source = RuntimeCompiler.Source(name: "wrong.cu", text: "int f() { return nothing; }\n")
    do {
      _ = try compiler.compile([source], capability: 90)
      Issue.record("it compiles")
    } catch {
      #expect(error.description.contains("cannot compile the kernels for sm_90"))
      #expect(error.description.contains("wrong.cu:1:18: error:"), "\(error)")
    }
  }
}
