/// Matrix products on a GPU, by cuBLASLt; what it needs for a shape is made once.
///
/// cuBLASLt stores columns one after the other. A row-major matrix of r rows and c columns is, number by number,
/// a column-major one of c rows and r columns: its transpose. So c = a b is computed as c^T = b^T a^T, the
/// library's A being b and its B being a, neither moved.
final class MatrixProducts {
  /// What a plan depends on.
  private struct Shape: Hashable {
    /// Of the result, as rows are stored here, and of the sum.
    let rows, columns, inner: Int
    let leftTransposed, rightTransposed: Bool
    let leftStride, rightStride, resultStride: Int
    let hasBias: Bool
    /// Bytes to which the addresses of left, right, result and bias are multiples.
    let leftAlignment, rightAlignment, resultAlignment: UInt32
  }

  /// Descriptors and algorithm of a product.
  private struct Plan {
    let product, left, right, result: MatrixLibrary.Handle?
    let algorithm: [UInt64]
    let addsBias: Bool
  }

  let library: MatrixLibrary
  private let type: MatrixLibrary.ComputeType
  private let driver: Driver
  private let stream: Driver.Handle?
  private let handle: MatrixLibrary.Handle?
  private let workspace: UInt64
  private var plans: [Shape: Plan] = [:]

  /// What NVIDIA recommends for Hopper, and enough for older devices
  /// (https://docs.nvidia.com/cuda/cublas/#cublassetworkspace).
  private static let workspaceBytes = 32 << 20

  /// - Throws: `DeviceError` where cuBLASLt does not start or the workspace does not fit.
  init(
    _ library: MatrixLibrary, driver: Driver, stream: Driver.Handle?,
    precision: ComputeDevice.Precision
  ) throws(DeviceError) {
    self.library = library
    self.driver = driver
    self.stream = stream
    type =
      switch precision {
      case .float32: .float32
      case .tf32: .tensorFloat32
      case .bfloat16: .brainFloat16
      }
    var address: UInt64 = 0
    try driver.check(
      driver.allocate(&address, MatrixProducts.workspaceBytes), "memory for cuBLASLt's workspace")
    var handle: MatrixLibrary.Handle?
    let result = library.create(&handle)
    if result != 0 { _ = driver.free(address) }
    try library.check(result, "cublasLtCreate")
    workspace = address
    self.handle = handle
  }

  deinit {
    for plan in plans.values {
      _ = library.destroyProduct(plan.product)
      for layout in [plan.left, plan.right, plan.result] { _ = library.destroyLayout(layout) }
    }
    _ = library.destroy(handle)
    _ = driver.free(workspace)
  }

  /// c = a b + bias, or c += a b where `adding`.
  ///
  /// - Parameter bias: [columns]; nil where `adding`.
  /// - Returns: whether the bias was added; the library does not do it for all shapes.
  @discardableResult
  func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, adding: Bool, bias: Floats? = nil
  ) -> Bool {
    let inner = a.isTransposed ? a.rows : a.columns
    guard c.rows > 0, c.columns > 0, inner > 0 else { return true }
    let shape = Shape(
      rows: c.rows, columns: c.columns, inner: inner, leftTransposed: a.isTransposed,
      rightTransposed: b.isTransposed, leftStride: a.stride, rightStride: b.stride,
      resultStride: c.stride, hasBias: bias != nil, leftAlignment: alignment(a.start),
      rightAlignment: alignment(b.start),
      resultAlignment: min(alignment(c.start), bias.map(alignment) ?? 256))
    let plan: Plan
    do {
      plan = try self.plan(shape)
      if let bias, plan.addsBias { try set(plan.product, .biasPointer, bias) }
    } catch {
      fatalError("\(error) (a product of \(c.rows) x \(inner) by \(inner) x \(c.columns))")
    }
    let alpha: Float = 1
    let beta: Float = adding ? 1 : 0
    let result = withUnsafeBytes(of: alpha) { alpha in
      withUnsafeBytes(of: beta) { beta in
        plan.algorithm.withUnsafeBytes { algorithm in
          run(plan, a, b, c, alpha: alpha, beta: beta, algorithm: algorithm)
        }
      }
    }
    if result != 0 {
      fatalError(
        "cuBLASLt: cublasLtMatmul: \(MatrixLibrary.explanation(result)) (a product of \(c.rows) x "
          + "\(inner) by \(inner) x \(c.columns))")
    }
    return plan.addsBias
  }

  private func run(
    _ plan: Plan, _ a: Matrix, _ b: Matrix, _ c: Matrix, alpha: UnsafeRawBufferPointer,
    beta: UnsafeRawBufferPointer, algorithm: UnsafeRawBufferPointer
  ) -> Int32 {
    guard let alpha = alpha.baseAddress, let beta = beta.baseAddress,
      let algorithm = algorithm.baseAddress
    else { preconditionFailure("an empty buffer") }
    return library.multiply(
      handle, plan.product, alpha, b.start, plan.right, a.start, plan.left, beta, c.start,
      plan.result, c.start, plan.result, algorithm,
      UnsafeMutableRawPointer(bitPattern: UInt(workspace)), MatrixProducts.workspaceBytes, stream)
  }

  private func plan(_ shape: Shape) throws(DeviceError) -> Plan {
    if let plan = plans[shape] { return plan }
    var product: MatrixLibrary.Handle?
    try library.check(
      library.createProduct(&product, type.rawValue, MatrixLibrary.float32),
      "cublasLtMatmulDescCreate")
    // 1 is CUBLAS_OP_T of cublasOperation_t, 0 is CUBLAS_OP_N.
    try set(product, .transposeA, Int32(shape.rightTransposed ? 1 : 0))
    try set(product, .transposeB, Int32(shape.leftTransposed ? 1 : 0))
    let (rows, columns, inner) = (shape.rows, shape.columns, shape.inner)
    let left = try layout(
      shape.leftTransposed ? (inner, rows) : (rows, inner), stride: shape.leftStride)
    let right = try layout(
      shape.rightTransposed ? (columns, inner) : (inner, columns), stride: shape.rightStride)
    let result = try layout((rows, columns), stride: shape.resultStride)
    for epilogue in shape.hasBias ? [MatrixLibrary.Epilogue.bias, .none] : [.none] {
      try set(product, .epilogue, epilogue.rawValue)
      guard
        let algorithm = try algorithm(product, left: left, right: right, result: result, shape)
      else { continue }
      let plan = Plan(
        product: product, left: left, right: right, result: result, algorithm: algorithm,
        addsBias: epilogue == .bias)
      plans[shape] = plan
      return plan
    }
    throw DeviceError("cuBLASLt knows no algorithm for the product")
  }

  /// The layout of a matrix that is stored as so many rows and columns here.
  private func layout(
    _ stored: (rows: Int, columns: Int), stride: Int
  ) throws(DeviceError) -> MatrixLibrary.Handle? {
    var layout: MatrixLibrary.Handle?
    try library.check(
      library.createLayout(
        &layout, MatrixLibrary.float32, UInt64(stored.columns), UInt64(stored.rows), Int64(stride)),
      "cublasLtMatrixLayoutCreate")
    return layout
  }

  /// The library's first choice for a shape; nil where it has none.
  private func algorithm(
    _ product: MatrixLibrary.Handle?, left: MatrixLibrary.Handle?, right: MatrixLibrary.Handle?,
    result: MatrixLibrary.Handle?, _ shape: Shape
  ) throws(DeviceError) -> [UInt64]? {
    var preference: MatrixLibrary.Handle?
    try library.check(library.createPreference(&preference), "cublasLtMatmulPreferenceCreate")
    defer { _ = library.destroyPreference(preference) }
    try prefer(preference, .workspaceBytes, UInt64(MatrixProducts.workspaceBytes))
    // Unless told otherwise, it takes all addresses for multiples of 256.
    try prefer(preference, .alignmentA, shape.rightAlignment)
    try prefer(preference, .alignmentB, shape.leftAlignment)
    try prefer(preference, .alignmentC, shape.resultAlignment)
    try prefer(preference, .alignmentD, shape.resultAlignment)
    var found = [UInt64](repeating: 0, count: MatrixLibrary.Heuristic.bytes / 8)
    var count: Int32 = 0
    let status = library.findAlgorithms(
      handle, product, right, left, result, result, preference, 1, &found, &count)
    // CUBLAS_STATUS_NOT_SUPPORTED.
    if status == 15 { return nil }
    try library.check(status, "cublasLtMatmulAlgoGetHeuristic")
    let state = found.withUnsafeBytes {
      $0.load(fromByteOffset: MatrixLibrary.Heuristic.stateOffset, as: Int32.self)
    }
    guard count > 0, state == 0 else { return nil }
    return Array(found.prefix(MatrixLibrary.Heuristic.algorithmBytes / 8))
  }

  private func set(
    _ product: MatrixLibrary.Handle?, _ attribute: MatrixLibrary.ProductAttribute,
    _ value: some BitwiseCopyable
  ) throws(DeviceError) {
    let result = withUnsafeBytes(of: value) { bytes in
      bytes.baseAddress.map {
        library.setProductAttribute(product, attribute.rawValue, $0, bytes.count)
      }
    }
    try library.check(result ?? 0, "cublasLtMatmulDescSetAttribute")
  }

  private func prefer(
    _ preference: MatrixLibrary.Handle?, _ attribute: MatrixLibrary.PreferenceAttribute,
    _ value: some BitwiseCopyable
  ) throws(DeviceError) {
    let result = withUnsafeBytes(of: value) { bytes in
      bytes.baseAddress.map {
        library.setPreferenceAttribute(preference, attribute.rawValue, $0, bytes.count)
      }
    }
    try library.check(result ?? 0, "cublasLtMatmulPreferenceSetAttribute")
  }

  /// The largest power of two, at most 256, that divides an address.
  private func alignment(_ address: Floats) -> UInt32 {
    let bits = UInt(bitPattern: address)
    return UInt32(min(256, bits & ~(bits - 1)))
  }
}
