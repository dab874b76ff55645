import Files
import FlowPlugin
import Glibc

/// `encode/fetch`: the files of a list, fetched and verified.
public struct Fetch: Operation {
  /// The parameters as the manifest declares them.
  public struct Parameters: Decodable {
    var retries: Int
    var timeoutSeconds: Int
    var allowUnverified: Bool
    var maxParallel: Int
    var portal: String
  }

  /// The operation's name in the manifest.
  public static let name = "fetch"

  private static let mostWarnings = 20

  private let parameters: Parameters

  /// Takes the step's parameters.
  public init(_ parameters: Parameters) { self.parameters = parameters }

  /// Does the step.
  ///
  /// - Throws: `StepFailure`: invalid where the list or an address in it is wrong, unavailable where the
  ///   network is, failed where a file is not what the list says.
  public func run(_ step: Step) throws {
    let list = try DownloadList(
      try step.input("manifest"), allowsUnverified: parameters.allowUnverified
    ).read()
    for warning in list.warnings.prefix(Self.mostWarnings) { step.warn(warning) }
    if list.warnings.count > Self.mostWarnings {
      step.warn("and \(list.warnings.count - Self.mostWarnings) more files that are withdrawn")
    }
    var settings = Downloader.Settings()
    settings.parallel = parameters.maxParallel
    settings.retries = parameters.retries
    settings.stall = parameters.timeoutSeconds
    settings.portal = try origin(of: parameters.portal)
    let files = try Downloader(list.downloads, into: step.scratch, settings).run { now in
      step.progress(
        Double(now.bytes), of: Double(now.totalBytes), "bytes",
        note: "\(now.files) of \(now.totalFiles) files")
    } check: {
      try step.checkCancellation()
    }
    try place(files, from: step.scratch, in: try step.output("files"))
    record(files, step)
  }

  private func origin(of portal: String) throws(StepFailure) -> Origin {
    guard let origin = Origin(of: portal) else {
      throw StepFailure(
        .invalid, "the portal '\(portal.prefix(200))' is not an address such as https://HOST")
    }
    return origin
  }

  /// Brings the verified files into the output. They stay in scratch too, as links to the same bytes, so that
  /// an attempt that dies here has nothing to fetch again.
  private func place(_ files: [FetchedFile], from scratch: String, in directory: String) throws {
    try Path.createDirectory(directory)
    for file in files {
      let source = "\(scratch)/\(file.download.name)"
      let target = "\(directory)/\(file.download.name)"
      // A target left by an earlier attempt may be a link to the source: never write into it.
      try Path.remove(target)
      if link(source, target) != 0 { try copy(source, target) }
    }
  }

  /// Where the two are on different file systems, or links are not possible.
  private func copy(_ source: String, _ target: String) throws(FileError) {
    let (from, to) = (try FileHandle.openForReading(source), try FileHandle.create(target))
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = try from.read(into: &buffer), count > 0 {
      try to.write(Array(buffer[..<count]))
    }
    try to.synchronize()
  }

  private func record(_ files: [FetchedFile], _ step: Step) {
    step.record(
      "table:files",
      [
        "title": "Files fetched",
        "columns": ["name", "url", "bytes", "sha256", "md5", "verified by"],
        "rows": .array(
          files.map {
            let by = [
              $0.download.sha256 == nil ? nil : "sha256", $0.download.md5 == nil ? nil : "md5",
              $0.download.contentMD5 == nil ? nil : "content md5",
            ]
            let words = by.compactMap { $0 }.joined(separator: ", ")
            return [
              .string($0.download.name), .string($0.download.address), .integer($0.bytes),
              .string($0.digests[.sha256] ?? ""), .string($0.digests[.md5] ?? ""),
              .string(words.isEmpty ? "nothing" : words),
            ]
          }),
      ])
    step.record("bytes", .integer(files.reduce(0) { $0 + $1.bytes }))
    let unverified = files.filter { !$0.download.hasDigest }
    if !unverified.isEmpty {
      step.warn(
        "\(unverified.count) file(s) could not be verified: the list has no digest for them")
    }
  }
}
