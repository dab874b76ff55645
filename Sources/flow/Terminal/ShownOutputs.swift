import Files
import FlowCore

/// The outputs that an operation shows to who runs it by hand.
struct ShownOutputs {
  private let outputs: [Manifest.Output]

  init(_ operation: Manifest.Operation, asJSON: Bool) {
    outputs = operation.outputs.filter { $0.shown == (asJSON ? .json : .text) }
  }

  var isEmpty: Bool { outputs.isEmpty }

  /// Prints those that are there to standard output; control characters in a text are shown, not obeyed.
  func print(from directory: String) throws {
    for output in outputs {
      let path = "\(directory)/\(output.path)"
      guard try Path.kind(path) == .file else { continue }
      let file = try FileHandle.openForReading(path)
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      var rest: [UInt8] = []
      // In whole lines, since a character of several bytes may lie across two reads.
      while case let count = try file.read(into: &buffer), count > 0 {
        rest += buffer[..<count]
        guard let end = rest.lastIndex(of: 0x0A) else { continue }
        write(rest[...end])
        rest.removeFirst(end + 1)
      }
      if !rest.isEmpty { write(rest[...]) }
    }
  }

  private func write(_ bytes: ArraySlice<UInt8>) {
    Terminal.write(Visible.lines(String(decoding: bytes, as: UTF8.self)), to: .standardOutput)
  }
}
