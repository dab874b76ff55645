import Files
import Glibc

extension TrainingCheckpoint {
  /// What the checkpoint holds, after its hash and its identity were compared.
  func manifest(identity: String) throws(Unusable) -> TrainingCheckpointManifest {
    let text = try text("manifest.json", limit: 1 << 26)
    guard StreamingHash.sha256(of: text) == (try recordedHash(of: "manifest.json")) else {
      throw .damaged("manifest.json has not the hash that was recorded")
    }
    let manifest = try TrainingCheckpointManifest(parsing: text)
    if manifest.identity != identity {
      throw .foreign("it belongs to a run with other parameters or inputs")
    }
    return manifest
  }

  /// Reads all of the checkpoint and compares it with its hashes.
  ///
  /// The system is first told to forget its copy of the numbers (POSIX_FADV_DONTNEED), so that a local
  /// disk is read rather than the page cache. Equal bytes prove that the way to the disk and back is
  /// sound; they do not prove that a disk's own cache or a file server's will survive a power cut.
  /// - Parameter optimizer: whose tensors it must hold.
  @discardableResult
  func verify(
    identity: String, for optimizer: AdamW
  ) throws(Unusable) -> TrainingCheckpointManifest {
    let manifest = try manifest(identity: identity)
    let names = Self.arenas(optimizer).flatMap { kind, _ in
      optimizer.parameters.tensors.map { "\(kind)/\($0.name)" }
    }
    guard Set(names) == Set(manifest.tensors.keys) else {
      throw .foreign("it holds the tensors of another model")
    }
    // Before anything is read: a manifest of someone else's making may ask for a day of reading.
    let least = Self.arenas(optimizer).count * optimizer.parameters.count * 4
    guard manifest.bytes >= least, manifest.bytes - least <= Self.longestHeader else {
      throw .foreign("it holds \(manifest.bytes) bytes of numbers, this model has \(least)")
    }
    let file = try reading { () throws(FileError) in try FileHandle.openRegular(numbers) }
    let size = try reading { () throws(FileError) in try file.size() }
    guard size == manifest.bytes else {
      throw .damaged("state.safetensors has \(size) of \(manifest.bytes) bytes")
    }
    _ = posix_fadvise(file.descriptor, 0, 0, POSIX_FADV_DONTNEED)
    let hash = try reading { () throws(FileError) in
      try file.hash(0..<size) { _, _ in }
    }
    guard hash == (try recordedHash(of: "state.safetensors")) else {
      throw .damaged(damage(file, manifest))
    }
    return manifest
  }

  /// Loads a checkpoint that was verified into `optimizer` and its parameters.
  ///
  /// - Throws: `ModelError` or `FileError` where its bytes have changed since; the numbers in memory are
  ///   then those of no step.
  func load(into optimizer: AdamW, _ manifest: TrainingCheckpointManifest) throws {
    let reader = try SafetensorsReader(numbers)
    let file = try FileHandle.openRegular(numbers)
    let parameters = optimizer.parameters
    for (kind, memory) in Self.arenas(optimizer) {
      for tensor in parameters.tensors {
        let name = "\(kind)/\(tensor.name)"
        guard let stored = reader.tensors[name], stored.type == "F32", stored.shape == tensor.shape
        else {
          throw ModelError("\(numbers) has no float32 tensor '\(name)' of shape \(tensor.shape)")
        }
        let hash = try file.hash(stored.range) { bytes, offset in
          parameters.device.upload(
            bytes.assumingMemoryBound(to: Float.self),
            to: memory + tensor.offset + offset / MemoryLayout<Float>.stride)
        }
        guard hash == manifest.tensors[name] else {
          throw ModelError("\(numbers): tensor '\(name)' has changed while it was read")
        }
      }
    }
    parameters.zeroGradients()
    optimizer.steps = manifest.step
  }

  /// Which part of the numbers is not what was written.
  private func damage(_ file: FileHandle, _ manifest: TrainingCheckpointManifest) -> String {
    guard let tensors = try? SafetensorsReader(numbers).tensors else {
      return "the header of state.safetensors"
    }
    let wrong = tensors.keys.sorted().filter { name in
      guard let range = tensors[name]?.range else { return false }
      return (try? file.hash(range) { _, _ in }) != manifest.tensors[name]
    }
    guard let first = wrong.first else { return "the header of state.safetensors" }
    return "tensor '\(first)'\(wrong.count > 1 ? " and \(wrong.count - 1) more" : "")"
  }

  /// The hash that SHA256SUMS holds for one of the other files.
  private func recordedHash(of name: String) throws(Unusable) -> String {
    let lines = try text("SHA256SUMS", limit: 1 << 12).split(separator: "\n")
    for line in lines where line.hasSuffix("  \(name)") { return String(line.prefix(64)) }
    throw .damaged("SHA256SUMS does not name \(name)")
  }

  private func text(_ name: String, limit: Int) throws(Unusable) -> String {
    try reading { () throws(FileError) in
      try Path.readRegularText("\(directory)/\(name)", limit: limit)
    }
  }

  /// A file that is not there, or no text, is damage; what the system refuses is not.
  private func reading<Value>(
    _ body: () throws(FileError) -> Value
  ) throws(Unusable) -> Value {
    do throws(FileError) {
      return try body()
    } catch {
      if error.code == ENOENT { throw .damaged("\(Path.name(error.path)) is missing") }
      if error.code == 0 { throw .damaged(error.description) }
      throw .unreadable(error)
    }
  }
}

extension FileHandle {
  /// The SHA-256 of a range of bytes, handed to `each` in pieces on the way with their offset in the
  /// range. By read(2), not mapped: a disk that fails is an error then, not the end of the process.
  fileprivate func hash(
    _ range: Range<Int>, each: (UnsafeRawBufferPointer, Int) -> Void
  ) throws(FileError) -> String {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    let hash = StreamingHash(.sha256)
    var place = range.lowerBound
    while place < range.upperBound {
      var filled = 0
      let wanted = min(buffer.count, range.upperBound - place)
      // Whole pieces, so that none ends within a number.
      while filled < wanted {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
        let count = pread(descriptor, rest.baseAddress, rest.count, off_t(place + filled))
        if count == 0 { throw FileError("read", path, reason: "it ends early") }
        if count > 0 {
          filled += count
        } else if errno != EINTR {
          throw FileError("read", path, errno: errno)
        }
      }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<wanted])
      hash.update(bytes)
      each(bytes, place - range.lowerBound)
      place += wanted
    }
    return hash.finish()
  }
}
