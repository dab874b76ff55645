import Files

/// A TensorBoard event file that grows while a run goes on.
struct EventFile {
  /// TensorBoard takes every file with `tfevents` in its name
  /// (https://github.com/tensorflow/tensorboard/blob/master/tensorboard/backend/event_processing/io_wrapper.py).
  private static let name = "events.out.tfevents.0000000000.flow"

  private let file: FileHandle

  /// Begins a file in `directory`, in the place of one that is there, with the points so far.
  init(directory: String, course: Course) throws(FileError) {
    try EventFile.write(course, to: directory)
    file = try FileHandle.append("\(directory)/\(EventFile.name)")
  }

  /// Adds a point.
  func append(_ curve: Course.Curve, _ point: Course.Point) throws(FileError) {
    try file.write(EventRecord.scalar(curve.rawValue, step: point.step, value: point.value))
  }

  /// Writes a whole file: all curves, in the order of the steps.
  static func write(_ course: Course, to directory: String) throws(FileError) {
    let points = Course.Curve.allCases.enumerated().flatMap { order, curve in
      course[curve].map { (order: order, curve: curve, point: $0) }
    }
    let sorted = points.sorted { ($0.point.step, $0.order) < ($1.point.step, $1.order) }
    let bytes = sorted.reduce(into: EventRecord.header) { bytes, entry in
      bytes += EventRecord.scalar(
        entry.curve.rawValue, step: entry.point.step, value: entry.point.value)
    }
    try Path.createDirectory(directory)
    try WholeFile.write(bytes, to: "\(directory)/\(name)")
  }
}
