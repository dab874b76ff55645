import Files

/// The events in a file that grows on another machine.
struct EventTail {
  private let path: String
  private var offset = 0
  private var buffer: [UInt8] = []
  /// At most so much at once; the rest comes with the next look.
  private static let chunk = 4 << 20
  /// A line longer than this is no event.
  private static let longestLine = 64 << 20

  init(_ path: String) { self.path = path }

  /// The events since the last call; none where the file cannot be read now.
  mutating func read() -> [StepEvent] {
    guard let file = try? FileHandle.openForReading(path), let size = try? file.size() else {
      return []
    }
    // The job was started anew, and began an empty file.
    if size < offset { (offset, buffer) = (0, []) }
    guard size > offset,
      let bytes = try? file.read(upTo: min(size - offset, Self.chunk), from: offset)
    else { return [] }
    offset += bytes.count
    buffer += bytes
    var events: [StepEvent] = []
    var start = 0
    while let newline = buffer[start...].firstIndex(of: 0x0A) {
      if let event = StepEvent(line: String(decoding: buffer[start..<newline], as: UTF8.self)) {
        events.append(event)
      }
      start = newline + 1
    }
    buffer.removeFirst(start)
    if buffer.count > Self.longestLine { buffer = [] }
    return events
  }
}
