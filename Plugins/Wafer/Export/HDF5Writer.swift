import CHDF5
import FlowPlugin

/// Writes integer tables to an HDF5 file, through libhdf5 (https://docs.hdfgroup.org/hdf5/v1_10/).
///
/// A class, because it owns the library's handles; for one thread, because the library keeps global state.
/// Equal tables give equal bytes: time stamps of objects are switched off.
final class HDF5Writer {
  private let path: String
  private let file: hid_t

  /// Creates the file, or empties it if there is one.
  init(_ path: String) throws(StepFailure) {
    self.path = path
    flow_h5_quiet()
    file = H5Fcreate(path, flow_h5_truncate(), flow_h5_default(), flow_h5_default())
    guard file >= 0 else { throw StepFailure(.failed, "cannot create the HDF5 file \(path)") }
  }

  deinit { if !isClosed { H5Fclose(file) } }
  private var isClosed = false

  /// Writes a dataset of little-endian 32-bit integers.
  ///
  /// - Parameters:
  ///   - values: in row-major order; as many as `shape` multiplies to.
  ///   - shape: at least one dimension, none of them 0.
  func write(_ values: [Int32], shape: [Int], name: String) throws(StepFailure) {
    precondition(values.count == shape.reduce(1, *), "as many values as the shape has places")
    let dimensions = shape.map { hsize_t($0) }
    let space = H5Screate_simple(Int32(shape.count), dimensions, nil)
    defer { H5Sclose(space) }
    let creation = H5Pcreate(flow_h5_dataset_creation())
    defer { H5Pclose(creation) }
    H5Pset_obj_track_times(creation, false)
    let dataset = H5Dcreate2(
      file, name, flow_h5_int32_little_endian(), space, flow_h5_default(), creation,
      flow_h5_default())
    guard space >= 0, creation >= 0, dataset >= 0 else { throw failure("create", name) }
    defer { H5Dclose(dataset) }
    let status = H5Dwrite(
      dataset, flow_h5_native_int32(), flow_h5_all(), flow_h5_all(), flow_h5_default(), values)
    guard status >= 0 else { throw failure("write", name) }
  }

  /// Closes the file. An error here means that it is not whole.
  func finish() throws(StepFailure) {
    isClosed = true
    guard H5Fclose(file) >= 0 else {
      throw StepFailure(.failed, "cannot finish the HDF5 file \(path)")
    }
  }

  private func failure(_ action: String, _ name: String) -> StepFailure {
    StepFailure(.failed, "cannot \(action) the dataset '\(name)' of \(path)")
  }
}
