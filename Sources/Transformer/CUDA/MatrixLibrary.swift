/// The functions of cuBLASLt that this backend calls, and the values of its enumerations.
///
/// Their meaning: https://docs.nvidia.com/cuda/cublas/#using-the-cublaslt-api; the values are those of
/// cublasLt.h and cublas_api.h of CUDA 11 to 13. A result of 0 is success.
struct MatrixLibrary {
  typealias Handle = UnsafeMutableRawPointer

  /// cublasComputeType_t.
  enum ComputeType: Int32 {
    /// CUBLAS_COMPUTE_32F.
    case float32 = 68
    /// CUBLAS_COMPUTE_32F_FAST_16BF: operands may be rounded to bfloat16.
    case brainFloat16 = 75
    /// CUBLAS_COMPUTE_32F_FAST_TF32: operands may be rounded to TF32.
    case tensorFloat32 = 77
  }

  /// CUDA_R_32F of cudaDataType_t.
  static let float32: Int32 = 0

  /// cublasLtMatmulDescAttributes_t.
  enum ProductAttribute: Int32 {
    case transposeA = 3
    case transposeB = 4
    case epilogue = 7
    case biasPointer = 8
  }

  /// cublasLtMatmulPreferenceAttributes_t.
  enum PreferenceAttribute: Int32 {
    case workspaceBytes = 1
    case alignmentA = 5
    case alignmentB = 6
    case alignmentC = 7
    case alignmentD = 8
  }

  /// cublasLtEpilogue_t.
  enum Epilogue: UInt32 {
    case none = 1
    case bias = 4
  }

  /// cublasLtMatmulHeuristicResult_t: an algorithm (64 bytes), the workspace it takes (8), its state (4), waves
  /// (4), reserved (16).
  enum Heuristic {
    static let bytes = 96
    static let algorithmBytes = 64
    static let workspaceOffset = 64
    static let stateOffset = 72
  }

  let path: String
  /// 130200 for 13.2.0; 120805 for 12.8.5.
  let version: Int
  let create: @convention(c) (UnsafeMutablePointer<Handle?>) -> Int32
  let destroy: @convention(c) (Handle?) -> Int32
  let createProduct: @convention(c) (UnsafeMutablePointer<Handle?>, Int32, Int32) -> Int32
  let destroyProduct: @convention(c) (Handle?) -> Int32
  let setProductAttribute: @convention(c) (Handle?, Int32, UnsafeRawPointer, Int) -> Int32
  /// Layout; type; rows; columns; leading dimension.
  let createLayout:
    @convention(c) (UnsafeMutablePointer<Handle?>, Int32, UInt64, UInt64, Int64) -> Int32
  let destroyLayout: @convention(c) (Handle?) -> Int32
  let createPreference: @convention(c) (UnsafeMutablePointer<Handle?>) -> Int32
  let destroyPreference: @convention(c) (Handle?) -> Int32
  let setPreferenceAttribute: @convention(c) (Handle?, Int32, UnsafeRawPointer, Int) -> Int32
  /// Library; product; A, B, C, D; preference; how many results; where; how many there are.
  let findAlgorithms:
    @convention(c) (
      Handle?, Handle?, Handle?, Handle?, Handle?, Handle?, Handle?, Int32, UnsafeMutableRawPointer,
      UnsafeMutablePointer<Int32>
    ) -> Int32
  /// Library; product; alpha; A; B; beta; C; D; algorithm; workspace with its size; stream.
  let multiply:
    @convention(c) (
      Handle?, Handle?, UnsafeRawPointer, UnsafeRawPointer, Handle?, UnsafeRawPointer, Handle?,
      UnsafeRawPointer, UnsafeRawPointer, Handle?, UnsafeMutableRawPointer, Handle?,
      UnsafeRawPointer,
      UnsafeMutableRawPointer?, Int, Handle?
    ) -> Int32

  /// - Parameter driverVersion: as the driver tells it, 12040 for 12.4.
  /// - Throws: `DeviceError` where there is none that fits the driver.
  init(_ search: LibrarySearch, driverVersion: Int) throws(DeviceError) {
    let library = try DynamicLibrary(
      LibrarySearch.names("cublasLt", driverVersion: driverVersion), in: search.toolkit,
      advice: LibrarySearch.advice("cuBLASLt", "cublas", driverVersion: driverVersion))
    path = library.path
    let getVersion: @convention(c) () -> Int = try library.function("cublasLtGetVersion")
    version = getVersion()
    create = try library.function("cublasLtCreate")
    destroy = try library.function("cublasLtDestroy")
    createProduct = try library.function("cublasLtMatmulDescCreate")
    destroyProduct = try library.function("cublasLtMatmulDescDestroy")
    setProductAttribute = try library.function("cublasLtMatmulDescSetAttribute")
    createLayout = try library.function("cublasLtMatrixLayoutCreate")
    destroyLayout = try library.function("cublasLtMatrixLayoutDestroy")
    createPreference = try library.function("cublasLtMatmulPreferenceCreate")
    destroyPreference = try library.function("cublasLtMatmulPreferenceDestroy")
    setPreferenceAttribute = try library.function("cublasLtMatmulPreferenceSetAttribute")
    findAlgorithms = try library.function("cublasLtMatmulAlgoGetHeuristic")
    multiply = try library.function("cublasLtMatmul")
    // Version 11 counts 11 for 11.0 as 110000 does 11.0.0.
    if version / 10000 > driverVersion / 1000 {
      throw DeviceError(
        "\(library.path) is of CUDA \(version / 10000), and the driver only runs CUDA "
          + "\(LibrarySearch.text(driverVersion)): update the driver, or install an older cuBLASLt")
    }
  }

  /// - Throws: `DeviceError` with the status of a result that is not success.
  func check(_ result: Int32, _ call: StaticString) throws(DeviceError) {
    if result != 0 { throw DeviceError("cuBLASLt: \(call): \(MatrixLibrary.explanation(result))") }
  }

  /// The names of cublasStatus_t.
  static func explanation(_ result: Int32) -> String {
    let names: [Int32: String] = [
      1: "NOT_INITIALIZED", 3: "ALLOC_FAILED", 7: "INVALID_VALUE", 8: "ARCH_MISMATCH",
      11: "MAPPING_ERROR", 13: "EXECUTION_FAILED", 14: "INTERNAL_ERROR", 15: "NOT_SUPPORTED",
      16: "LICENSE_ERROR",
    ]
    return (names[result] ?? "status") + " (\(result))"
  }
}
