import CCurl
import FlowPlugin

/// One request of libcurl, with what all requests here have in common: who we are, which schemes, which
/// certificates are trusted, when to give up. Redirects are not followed: whoever asked decides where keys may go and
/// who is asked how often.
///
/// A class, because libcurl keeps its address while the request runs. Used on one thread.
final class EasyHandle {
  /// What is asked for.
  struct Request {
    /// Absolute: file, http or https.
    var url: String
    /// Header lines, "Name: value".
    var headers: [String] = []
    /// A range of bytes as in `Range: bytes=`, for instance "100-".
    var range: String?
    var accessKey: AccessKey?
    /// Whether ~/.netrc may name a user for this host.
    var usesNetrc = false
    /// Whether the body may come compressed, to be decompressed on arrival.
    var acceptsCompressed = false
    /// Seconds without a byte after which the request is given up.
    var stall = 60
  }

  private static let mostHeaderBytes = 1 << 18

  let request: Request
  let pointer: UnsafeMutableRawPointer
  /// The headers of the response, names in lower case.
  private(set) var headers: [(name: String, value: String)] = []
  /// Takes bytes of the body; false ends the request.
  var receive: (UnsafeRawBufferPointer) -> Bool = { _ in true }

  private var headerBytes = 0
  /// Whether something came since `hasStalled` was asked.
  private var isAlive = true
  private var lastSign = 0.0
  private var list: UnsafeMutablePointer<curl_slist>?
  private let details: UnsafeMutablePointer<CChar>

  /// - Throws: `StepFailure` where libcurl cannot make the request.
  init(_ request: Request) throws(StepFailure) {
    guard let easy = curl_easy_init() else {
      throw StepFailure(.failed, "libcurl cannot make a request")
    }
    self.request = request
    pointer = easy
    details = .allocate(capacity: Int(CURL_ERROR_SIZE))
    details.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    // A header set to nothing is one that libcurl then leaves out: its own "Expect" and "Accept".
    for header in request.headers { list = curl_slist_append(list, header) }
    let context = Unmanaged.passUnretained(self).toOpaque()
    var codes = [
      curl_set_text(easy, CURLOPT_URL, request.url),
      curl_set_text(easy, CURLOPT_USERAGENT, "flow/0.1"),
      curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "file,http,https"),
      curl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0),
      curl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS)),
      curl_set_long(easy, CURLOPT_NOSIGNAL, 1),
      curl_set_long(easy, CURLOPT_BUFFERSIZE, 1 << 19),
      curl_set_long(easy, CURLOPT_CONNECTTIMEOUT, request.stall),
      curl_set_buffer(easy, CURLOPT_ERRORBUFFER, details),
      curl_set_sink(easy, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA, takeBody, context),
      curl_set_sink(easy, CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, takeHeader, context),
    ]
    if list != nil { codes.append(curl_set_list(easy, CURLOPT_HTTPHEADER, list)) }
    if let range = request.range { codes.append(curl_set_text(easy, CURLOPT_RANGE, range)) }
    if request.acceptsCompressed {
      codes.append(curl_set_text(easy, CURLOPT_ACCEPT_ENCODING, "gzip"))
    }
    if let key = request.accessKey {
      codes.append(curl_set_text(easy, CURLOPT_USERNAME, key.id))
      codes.append(curl_set_text(easy, CURLOPT_PASSWORD, key.secret))
    } else if request.usesNetrc {
      codes.append(curl_set_long(easy, CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue)))
    }
    // The curl command reads these; its library leaves it to us.
    let environment = Environment.ofProcess
    if let path = environment["CURL_CA_BUNDLE"] ?? environment["SSL_CERT_FILE"] {
      codes.append(curl_set_text(easy, CURLOPT_CAINFO, path))
    }
    if let path = environment["SSL_CERT_DIR"] {
      codes.append(curl_set_text(easy, CURLOPT_CAPATH, path))
    }
    guard codes.allSatisfy({ $0 == CURLE_OK }) else {
      throw StepFailure(.failed, "libcurl is too old, or was built without http or https")
    }
  }

  deinit {
    curl_easy_cleanup(pointer)
    curl_slist_free_all(list)
    details.deallocate()
  }

  /// Whether nothing has come for too long. To be asked after what has come was taken, so that a process that was
  /// held up itself does not take that for the server's silence.
  ///
  /// libcurl's own limit (CURLOPT_LOW_SPEED_TIME) looks at the mean of five seconds, and so is up to five seconds late.
  func hasStalled(_ now: Double) -> Bool {
    if isAlive {
      isAlive = false
      lastSign = now
    }
    return now - lastSign >= Double(request.stall)
  }

  /// The response's status; 0 for a file, or where there was none.
  var status: Int {
    var status = 0
    _ = curl_get_long(pointer, CURLINFO_RESPONSE_CODE, &status)
    return status
  }

  /// The bytes of the body as the server announces them; nil where it does not.
  var announcedLength: Int? {
    var length = 0
    _ = curl_get_offset(pointer, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length)
    return length >= 0 ? length : nil
  }

  /// The Retry-After of the response, in seconds.
  var retryAfter: Int? {
    var pause = 0
    _ = curl_get_offset(pointer, CURLINFO_RETRY_AFTER, &pause)
    return pause > 0 ? pause : nil
  }

  /// Where the response redirects to, made absolute.
  var redirect: String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_get_text(pointer, CURLINFO_REDIRECT_URL, &text) == CURLE_OK else { return nil }
    return text.map { String(cString: $0) }
  }

  /// The value of the last header of a name in lower case.
  func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }

  /// Why the request failed, in libcurl's words, with the proxy it went through.
  func words(_ code: CURLcode) -> String {
    if headerBytes > Self.mostHeaderBytes {
      return "the server's headers are larger than \(Self.mostHeaderBytes >> 10) KiB"
    }
    let told = String(cString: details)
    var words = Proxy.withoutCredentials(
      told.isEmpty ? String(cString: curl_easy_strerror(code)) : told)
    if let origin = Origin(of: request.url), let proxy = Proxy.words(for: origin) {
      words += " (through \(proxy))"
    }
    return words
  }

  fileprivate func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    isAlive = true
    return receive(bytes)
  }

  fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    isAlive = true
    headerBytes += line.count
    if headerBytes > Self.mostHeaderBytes { return false }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      // Another response begins: the one before was a proxy's, or told to wait.
      headers = []
    } else if let colon = text.firstIndex(of: ":") {
      let value = text[text.index(after: colon)...]
      headers.append((text[..<colon].lowercased(), trimmed(value)))
    }
    return true
  }

  private func trimmed(_ text: Substring) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r\n" || $0 == "\n" }
    var text = text.drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return String(text)
  }
}

/// libcurl's write callback: any count but the given one ends the request.
private func takeBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
  return handle.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
    ? size * count : size * count &- 1
}

/// libcurl's header callback: one line at a time, with its end.
private func takeHeader(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context else { return 0 }
  let handle = Unmanaged<EasyHandle>.fromOpaque(context).takeUnretainedValue()
  return handle.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
    ? size * count : size * count &- 1
}
