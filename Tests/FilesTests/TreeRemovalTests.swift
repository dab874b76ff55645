import FlowTesting
import Glibc
import Testing

@testable import Files

/// Directories are removed whatever stands in them.
@Suite struct TreeRemovalTests {
  let work: TemporaryDirectory

  init() throws { work = try TemporaryDirectory() }

  @Test func treesOfAnyDepthGo() throws {
    try Path.createDirectory(work.at("top"))
    var descriptor = open(work.at("top"), O_RDONLY | O_DIRECTORY)
    for _ in 0..<1000 {
      #expect(mkdirat(descriptor, "d", 0o755) == 0)
      let inner = openat(descriptor, "d", O_RDONLY | O_DIRECTORY)
      close(openat(descriptor, "file", O_WRONLY | O_CREAT, 0o644))
      close(descriptor)
      descriptor = inner
    }
    close(descriptor)
    try Path.remove(work.at("top"))
    #expect(!work.exists("top"))
  }

  @Test func namesNeedNotBeText() throws {
    try Path.createDirectory(work.at("top"))
    let name: [UInt8] = Array("\(work.path)/top/a".utf8) + [0xFF, 0]
    let descriptor = name.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_WRONLY | O_CREAT, 0o644) }
    }
    #expect(descriptor >= 0)
    close(descriptor)
    #expect(throws: FileError.self) { try Path.list(work.at("top")) }
    try Path.remove(work.at("top"))
    #expect(!work.exists("top"))
  }

  @Test func linksAreNotFollowed() throws {
    try work.write("outside/file", "kept")
    try Path.createDirectory(work.at("top"))
    #expect(symlink(work.at("outside"), work.at("top/link")) == 0)
    #expect(symlink("..", work.at("top/up")) == 0)
    try Path.remove(work.at("top"))
    #expect(try work.read("outside/file") == "kept")
  }
}
