import CCurl

/// What a failure of libcurl's means for another try.
enum RequestFault {
  /// The connection, or the way to it: try again.
  case passing
  /// Nothing came for too long: try again.
  case stalled
  /// It would fail alike.
  case lasting

  init(_ code: CURLcode) {
    switch code {
    case CURLE_OPERATION_TIMEDOUT: self = .stalled
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT,
      CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
      CURLE_SSL_CONNECT_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_AGAIN, CURLE_PROXY:
      self = .passing
    default: self = .lasting
    }
  }
}
