import CCurl
import FlowPlugin
import Glibc
import Synchronization

/// libcurl's multi interface: several requests on one thread, connections kept and shared between them.
final class MultiHandle {
  /// For other threads.
  let waker: Waker
  private let multi: UnsafeMutableRawPointer
  private var running: [UnsafeMutableRawPointer: EasyHandle] = [:]

  /// - Parameter connections: to one host at a time.
  /// - Throws: `StepFailure` where libcurl does not start.
  init(connections: Int) throws(StepFailure) {
    guard curlIsReady, let multi = curl_multi_init() else {
      throw StepFailure(.failed, "libcurl cannot be started")
    }
    self.multi = multi
    waker = Waker(multi)
    // Over HTTP/2 requests to one host share a connection.
    _ = curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    _ = curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
  }

  deinit {
    waker.end()
    for (easy, _) in running { curl_multi_remove_handle(multi, easy) }
    running = [:]
    curl_multi_cleanup(multi)
  }

  var count: Int { running.count }

  func add(_ request: EasyHandle) {
    running[request.pointer] = request
    curl_multi_add_handle(multi, request.pointer)
  }

  /// Gives a request up.
  func remove(_ request: EasyHandle) {
    guard running.removeValue(forKey: request.pointer) != nil else { return }
    curl_multi_remove_handle(multi, request.pointer)
  }

  /// Moves all requests on by what has come.
  ///
  /// - Returns: those that have ended, or have stalled.
  func perform() -> [(request: EasyHandle, code: CURLcode)] {
    var active: Int32 = 0
    _ = curl_multi_perform(multi, &active)
    var ended: [(EasyHandle, CURLcode)] = []
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
        continue
      }
      let code = message.pointee.data.result
      curl_multi_remove_handle(multi, easy)
      if let request = running.removeValue(forKey: easy) { ended.append((request, code)) }
    }
    let now = seconds()
    for (easy, request) in running where request.hasStalled(now) {
      curl_multi_remove_handle(multi, easy)
      running[easy] = nil
      ended.append((request, CURLE_OPERATION_TIMEDOUT))
    }
    return ended
  }

  /// Waits for bytes, for the waker, or so long.
  func wait(_ seconds: Double) {
    _ = curl_multi_poll(multi, nil, 0, Int32(max(0, min(seconds, 1)) * 1000 + 0.999), nil)
  }
}

/// Ends the waiting of a `MultiHandle` from any thread.
final class Waker: Sendable {
  /// The multi handle's address; nil when it is gone.
  private let address: Mutex<UInt?>

  fileprivate init(_ multi: UnsafeMutableRawPointer) { address = Mutex(UInt(bitPattern: multi)) }

  func wake() {
    address.withLock {
      guard let multi = $0.flatMap(UnsafeMutableRawPointer.init(bitPattern:)) else { return }
      _ = curl_multi_wakeup(multi)
    }
  }

  fileprivate func end() { address.withLock { $0 = nil } }
}

/// libcurl's global state, set up once a process.
let curlIsReady: Bool = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

/// Seconds of a clock that never goes back.
func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
