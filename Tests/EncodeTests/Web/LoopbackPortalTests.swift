import FlowTesting
import Glibc
import LoopbackPortal
import Testing

@testable import Encode

/// The server that the other tests rely on.
@Suite struct LoopbackPortalTests {
  @Test func aStoppedPortalTakesNobodyElsesConnections() throws {
    // Where a portal is stopped while it takes a connection, the next one's socket may have the same number.
    for _ in 0..<100 {
      let folder = try TemporaryDirectory()
      let stopped = try LoopbackPortal { _ in Reply() }
      connect(stopped)
      stopped.stop()
      let portal = try LoopbackPortal { _ in Reply(body: [1]) }
      let download = Download(
        address: "a", url: portal.store("a"), name: "a", md5: digest([1], .md5))
      let files = try Downloader(
        [download], into: folder.path, .init(retries: 0, budgetDirectory: folder.path)
      ).run(progress: { _ in }, check: {})
      #expect(files.count == 1)
    }
  }

  /// Connects, and says nothing.
  private func connect(_ portal: LoopbackPortal) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port =
      UInt16(portal.address(.store).split(separator: ":").last ?? "")?.bigEndian ?? 0
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    close(socket)
  }
}
