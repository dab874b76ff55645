import Glibc
import Synchronization

/// A TCP socket on 127.0.0.1 and a thread for each connection to it.
final class Listener: Sendable {
  struct Failure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "cannot listen on 127.0.0.1: \(String(cString: strerror(code)))" }
  }

  let port: UInt16
  private let socket: Int32
  private let connections = Mutex<(open: Set<Int32>, isStopped: Bool)>(([], false))

  /// - Parameters:
  ///   - port: 0 for one that is free.
  ///   - serve: is given each connection, on a thread of its own; it is closed after.
  init(port: UInt16, _ serve: @escaping @Sendable (Int32) -> Void) throws(Failure) {
    // sendfile(2) to a connection that the other side has closed is an error here, not the process's end.
    signal(SIGPIPE, SIG_IGN)
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, length) == 0 && listen(socket, 256) == 0
          && getsockname(socket, address, &length) == 0
      }
    }
    guard isBound else {
      let code = errno
      close(socket)
      throw Failure(code: code)
    }
    self.socket = socket
    self.port = UInt16(bigEndian: address.sin_port)
    startThread { [self] in
      while let connection = nextConnection() {
        var yes: Int32 = 1
        setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
        let isOpen = connections.withLock { connections in
          if !connections.isStopped { connections.open.insert(connection) }
          return !connections.isStopped
        }
        if isOpen {
          startThread {
            serve(connection)
            self.end(connection)
          }
        } else {
          close(connection)
        }
      }
      // Only here: closed by another thread, its number could be another listener's by the time of the next accept(2),
      // whose connections this thread would then take and drop.
      close(socket)
    }
  }

  /// - Returns: nil when the listener is stopped.
  private func nextConnection() -> Int32? {
    while true {
      let connection = accept(socket, nil, nil)
      if connection >= 0 {
        // A child process that had it would keep a cut connection alive.
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        return connection
      }
      let code = errno
      if connections.withLock({ $0.isStopped }) { return nil }
      switch code {
      case EINTR, ECONNABORTED: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(10_000)
      default: return nil
      }
    }
  }

  private func end(_ connection: Int32) {
    connections.withLock {
      $0.open.remove(connection)
      close(connection)
    }
  }

  /// Ends the socket and all connections; their threads leave at their next call.
  func stop() {
    connections.withLock { connections in
      guard !connections.isStopped else { return }
      connections.isStopped = true
      // Wakes accept(2), and refuses whoever connects from now on.
      shutdown(socket, Int32(SHUT_RDWR))
      for connection in connections.open { shutdown(connection, Int32(SHUT_RDWR)) }
    }
  }
}

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// A thread for each task: calls here block, which would exhaust a shared pool.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  var thread = pthread_t()
  let task = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
  pthread_create(
    &thread, nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }, task)
  pthread_detach(thread)
}
