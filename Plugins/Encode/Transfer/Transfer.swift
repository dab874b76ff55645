import CCurl
import Files

/// One request for one file: a libcurl easy handle that writes into a `PartialFile`.
///
/// A class, because libcurl keeps its address while the request runs. Used on one thread.
final class Transfer {
  /// How a request ended.
  enum Outcome {
    /// All bytes that the server meant to send are there.
    case complete
    /// Worth another try, after a pause the server may have named.
    case interrupted(reason: String, pause: Int?)
    /// The server has nothing from the place where we stopped.
    case cannotResume
    /// The address, the file or this machine is at fault: another try would fail alike.
    case refused(reason: String)
    /// The server may not be asked for this by us, or has it no more; the list needs another address.
    case absent(reason: String)
  }

  let download: Download
  let file: PartialFile
  let easy: UnsafeMutableRawPointer
  /// Bytes that were there before this request.
  let offset: Int
  /// The size of the whole file as the server tells it, once it has.
  private(set) var announced: Int?
  private var hasBegun = false
  private var failure: Outcome?
  private var rangeStart: Int?

  /// - Parameter stall: seconds without a byte after which the request is given up.
  /// - Throws: `FileError` where libcurl cannot make a request.
  init(_ download: Download, into file: PartialFile, stall: Int) throws(FileError) {
    guard let easy = curl_easy_init() else {
      throw FileError("fetch", download.url, reason: "libcurl cannot make a request")
    }
    self.download = download
    self.file = file
    self.easy = easy
    offset = file.count
    let context = Unmanaged.passUnretained(self).toOpaque()
    var codes = [
      curl_set_text(easy, CURLOPT_URL, download.url),
      curl_set_text(easy, CURLOPT_USERAGENT, "flow/0.1"),
      // What a server redirects to must not reach this machine's files.
      curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "file,http,https"),
      curl_set_text(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https"),
      curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 1),
      curl_set_long(easy, CURLOPT_MAXREDIRS, 10),
      curl_set_long(easy, CURLOPT_FAILONERROR, 1),
      curl_set_long(easy, CURLOPT_NOSIGNAL, 1),
      curl_set_long(easy, CURLOPT_CONNECTTIMEOUT, stall),
      curl_set_long(easy, CURLOPT_LOW_SPEED_LIMIT, 1),
      curl_set_long(easy, CURLOPT_LOW_SPEED_TIME, stall),
      curl_set_sink(easy, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, takeBody, context),
      curl_set_sink(easy, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, takeHeader, context),
    ]
    if offset > 0 { codes.append(curl_set_text(easy, CURLOPT_RANGE, "\(offset)-")) }
    guard codes.allSatisfy({ $0 == CURLE_OK }) else {
      curl_easy_cleanup(easy)
      throw FileError("fetch", download.url, reason: "libcurl is too old or lacks http and file")
    }
  }

  deinit { curl_easy_cleanup(easy) }

  /// The response's status; 0 for a file.
  private var status: Int {
    var status = 0
    _ = curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  /// Takes bytes of the body; false to end the request.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    do throws(FileError) {
      if !hasBegun {
        hasBegun = true
        guard try begin() else { return false }
      }
      try file.append(bytes)
    } catch {
      failure = .refused(reason: error.description)
      return false
    }
    if let expected = download.bytes, file.count > expected {
      failure = .refused(
        reason: "it is larger than the \(expected) bytes that the list tells")
      return false
    }
    return true
  }

  /// Before the first byte: is this the part that was asked for?
  private func begin() throws(FileError) -> Bool {
    let status = status
    var length = 0
    _ = curl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
    switch status {
    case 206 where rangeStart == offset, 0:
      if length >= 0 { announced = offset + length }
    case 200:
      // The server ignored the range, or none was asked for: these are the file's first bytes.
      if file.count > 0 { try file.restart() }
      if length >= 0 { announced = length }
    case 206:
      failure = .cannotResume
      return false
    default:
      failure = .refused(reason: "the server answers with status \(status)")
      return false
    }
    return true
  }

  /// Takes one line of the response's headers.
  func receiveHeader(_ line: String) {
    if line.hasPrefix("HTTP/") {
      // Another response begins, after a redirect.
      rangeStart = nil
      return
    }
    guard let colon = line.firstIndex(of: ":"),
      line[..<colon].lowercased() == "content-range"
    else { return }
    // "Content-Range: bytes 100-199/200" (RFC 9110, 14.4).
    rangeStart = line[colon...].split(whereSeparator: { !("0"..."9").contains($0) }).first.flatMap {
      Int($0)
    }
  }

  /// What libcurl's result means.
  func outcome(_ code: CURLcode) -> Outcome {
    if let failure { return failure }
    let words = String(cString: curl_easy_strerror(code))
    switch code {
    case CURLE_OK:
      return hasBegun || status < 300 ? .complete : .refused(reason: "status \(status)")
    case CURLE_HTTP_RETURNED_ERROR: return outcome(ofStatus: status)
    case CURLE_BAD_DOWNLOAD_RESUME, CURLE_RANGE_ERROR: return .cannotResume
    case CURLE_OPERATION_TIMEDOUT:
      return .interrupted(reason: "no answer, or no byte for too long", pause: nil)
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
      CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
      CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_AGAIN:
      return .interrupted(reason: words, pause: nil)
    case CURLE_FILE_COULDNT_READ_FILE:
      return .absent(reason: "there is no such file, or it cannot be read")
    case CURLE_UNSUPPORTED_PROTOCOL:
      return .refused(reason: "it redirects to an address that is neither http nor https")
    default: return .refused(reason: words)
    }
  }

  private func outcome(ofStatus status: Int) -> Outcome {
    var pause = 0
    _ = curl_get_offset(easy, CURLINFO_RETRY_AFTER, &pause)
    switch status {
    case 416: return .cannotResume
    case 408, 425, 429, 500...599:
      return .interrupted(
        reason: "the server answers with status \(status)", pause: pause > 0 ? pause : nil)
    case 401, 403, 404, 410:
      let words = [401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 410: "Gone"]
      return .absent(
        reason:
          "the server answers with status \(status) (\(words[status] ?? "")); the address needs "
          + "correcting, or the file is no longer offered")
    default: return .refused(reason: "the server answers with status \(status)")
    }
  }
}

/// libcurl's write callback: any count but the given one ends the request.
private func takeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  return transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count))
    ? size * count : size * count &- 1
}

/// libcurl's header callback: one line at a time, with its end.
private func takeHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
  let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
  transfer.receiveHeader(String(decoding: line, as: UTF8.self))
  return size * count
}
