import CCurl
import Files
import FlowPlugin

/// One request for one file, or for what is missing of it, written into a `PartialFile`.
///
/// Used on one thread.
final class Transfer {
  /// How a request ended.
  enum Outcome {
    /// All bytes that the server meant to send are there.
    case complete
    /// The file is to be had at another address.
    case moved(to: String)
    /// Worth another try, after a pause the server may have named.
    case interrupted(reason: String, pause: Int?, status: Int)
    /// The server has nothing from the place where we stopped.
    case nothingLeft
    /// The server has begun to send another part than the one that was asked for, or all.
    case ignoresRange
    /// The server has another version of the file than the one of which a part is here.
    case changed
    /// This is not the file that is wanted.
    ///
    /// - isSpoiled: whether bytes of it were taken.
    case wrong(reason: String, isSpoiled: Bool)
    /// Another try would fail alike.
    case refused(reason: String)
    /// The server may not be asked for this by us, or has it no more.
    case absent(reason: String, status: Int)
    /// This machine is at fault.
    case broken(FileError)
  }

  /// Files that are smaller are fetched anew rather than watched for another version.
  private static let large = 1 << 20
  private static let mostIgnored = 1 << 16

  let download: Download
  let file: PartialFile
  let easy: EasyHandle
  /// The first byte that is asked for: after those that are there, or 0 for all.
  let offset: Int
  /// The size of the whole file as the server tells it, once it has.
  private(set) var announced: Int?
  private let origin: Origin?
  private var hasBegun = false
  private var ignoredBytes = 0
  private var failure: Outcome?

  /// - Parameters:
  ///   - request: with the address; the range and its condition are added.
  ///   - goesOn: whether what is missing is asked for, not all. What is there stays until the first byte of all has come.
  /// - Throws: `StepFailure` where libcurl cannot make a request.
  init(
    _ download: Download, into file: PartialFile, _ request: EasyHandle.Request, goesOn: Bool
  ) throws(StepFailure) {
    self.download = download
    self.file = file
    offset = goesOn ? file.count : 0
    origin = Origin(of: request.url)
    var request = request
    if offset > 0 {
      request.range = "\(offset)-"
      if let validator = file.validator, validator.origin == origin {
        request.headers.append("If-Range: \(validator.tag)")
      }
    }
    easy = try EasyHandle(request)
    easy.receive = { [unowned self] in receive($0) }
  }

  /// Takes bytes of the body; false to end the request.
  private func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    do throws(FileError) {
      if !hasBegun {
        // The body of a redirect or an error is not the file; a short one is let pass, to keep the connection.
        guard [0, 200, 206].contains(easy.status) else {
          ignoredBytes += bytes.count
          return ignoredBytes <= Self.mostIgnored
        }
        guard try begin() else { return false }
      }
      if let expected = download.bytes, file.count + bytes.count > expected {
        failure = .wrong(
          reason: "it is larger than the \(expected) bytes that the list tells", isSpoiled: true)
        return false
      }
      try file.append(bytes)
    } catch {
      failure = .broken(error)
      return false
    }
    return true
  }

  /// Before the first byte: is this the file, and the part of it, that was asked for?
  private func begin() throws(FileError) -> Bool {
    hasBegun = true
    let length = easy.announcedLength
    switch easy.status {
    case 206:
      guard let range = contentRange, range.first == offset else {
        failure = .ignoresRange
        return false
      }
      // Without If-Range a server may go on with another version.
      if let old = file.validator, let new = validator, old.origin == new.origin, old != new {
        failure = .changed
        return false
      }
      announced = range.total
    case 0:
      // libcurl has gone to the place in the local file.
      announced = length.map { offset + $0 }
    default:
      announced = length
      if offset > 0, !isAnotherVersion {
        failure = .ignoresRange
        return false
      }
    }
    if let announced, let expected = download.bytes, announced != expected {
      failure = .wrong(
        reason: "it has \(announced) bytes, the list tells \(expected)", isSpoiled: false)
      return false
    }
    if download.bytes == nil, let announced,
      let fault = try FreeSpace.fault(of: announced - offset, in: Path.parent(file.path))
    {
      failure = .refused(reason: fault)
      return false
    }
    if easy.status == 200 || offset == 0 {
      try file.restart(validator, isLarge: (announced ?? .max) >= Self.large)
    }
    return true
  }

  /// Whether the server sends all of the file because it has changed.
  private var isAnotherVersion: Bool {
    guard let old = file.validator, let new = validator else { return false }
    return old.origin == new.origin && old != new
  }

  /// The strong ETag of the response.
  private var validator: PartialFile.Validator? {
    guard let origin, let tag = easy.header("etag"), tag.hasPrefix("\""), tag.utf8.count <= 1024,
      tag.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    return PartialFile.Validator(origin: origin, tag: tag)
  }

  /// "Content-Range: bytes 100-199/200" (RFC 9110, 14.4); the total is nil for "*".
  private var contentRange: (first: Int, total: Int?)? {
    guard let text = easy.header("content-range"), text.hasPrefix("bytes ") else { return nil }
    let parts = text.dropFirst(6).split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "-" || $0 == "/" })
    guard parts.count == 3, parts.allSatisfy({ $0 == "*" || $0.allSatisfy(\.isWholeNumber) }),
      let first = Int(parts[0]), let last = Int(parts[1]), first <= last
    else { return nil }
    let total = Int(parts[2])
    return total.map { last < $0 } ?? true ? (first, total) : nil
  }

  /// What libcurl's result means.
  func outcome(_ code: CURLcode) -> Outcome {
    if let failure { return failure }
    let words = easy.words(code)
    let status = easy.status
    if code == CURLE_OK || ignoredBytes > Self.mostIgnored { return outcome(ofStatus: status) }
    switch code {
    case CURLE_BAD_DOWNLOAD_RESUME, CURLE_RANGE_ERROR: return .nothingLeft
    case CURLE_FILE_COULDNT_READ_FILE:
      return .absent(reason: "there is no such file, or the step may not read it", status: 0)
    default: break
    }
    switch RequestFault(code) {
    case .passing: return .interrupted(reason: words, pause: nil, status: 0)
    case .stalled:
      return .interrupted(
        reason: "no answer, or no byte for too long (\(words))", pause: nil, status: 0)
    case .lasting: return .refused(reason: words)
    }
  }

  private func outcome(ofStatus status: Int) -> Outcome {
    switch status {
    case 0, 200, 206:
      if !hasBegun {
        // A body of no bytes.
        do throws(FileError) {
          guard try begin() else { return failure ?? .ignoresRange }
        } catch { return .broken(error) }
      }
      return .complete
    case 301, 302, 303, 307, 308:
      guard let place = easy.redirect else {
        return .refused(reason: "status \(status) without a place to go on")
      }
      return .moved(to: place)
    case 416: return .nothingLeft
    case 408, 425, 429, 500...599:
      return .interrupted(
        reason: "the server answers with status \(status)", pause: easy.retryAfter, status: status)
    case 401, 403, 404, 410:
      let words = [401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone"]
      return .absent(
        reason:
          "the server answers with status \(status) (\(words[status] ?? "")); the address needs "
          + "correcting, or the file is no longer offered", status: status)
    default: return .refused(reason: "the server answers with status \(status)")
    }
  }
}
