import Files
import FlowTesting
import Glibc
import LoopbackPortal
import Testing

@testable import Encode

/// `flow step run encode/fetch` as a process: killed, two at once, with a key.
@Suite struct FetchCommandTests {
  let folder: TemporaryDirectory
  /// Synthetic.
  let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * $0 >> 9) }

  init() throws {
    folder = try TemporaryDirectory()
    try Path.createDirectory(folder.at("run"))
  }

  func list(_ portal: LoopbackPortal, _ names: [String], _ list: String) throws -> String {
    var text = "url\tmd5\tbytes\n"
    for name in names {
      text += "\(portal.download(name))\t\(digest(content, .md5))\t\(content.count)\n"
    }
    return try folder.write(list, text)
  }

  func start(
    _ list: String, _ portal: LoopbackPortal, to output: String, key: [String: String] = [:]
  ) throws -> RunningCommand {
    let variables = ["XDG_RUNTIME_DIR": folder.at("run"), "no_proxy": "*"]
    return try Built.start(
      [
        "step", "run", "encode/fetch", "--input", "manifest=\(list)", "--param",
        "portal=\(portal.address)", "--output-dir", folder.at(output), "--scratch-dir",
        folder.at("\(output)-scratch"),
      ], in: folder.path, environment: variables.merging(key) { $1 })
  }

  @Test func twoAtOnceDoNotAskThePortalFasterThanItsLimit() throws {
    let content = content
    let portal = try LoopbackPortal(files: { _ in .bytes(content) })
    let commands = try ["a", "b"].map { half in
      let names = (0..<8).map { "ENCFF\(half)\($0).bed" }
      return try start(list(portal, names, "\(half).tsv"), portal, to: half)
    }
    for command in commands { #expect(try command.wait().status == 0) }
    #expect(try Path.list(folder.at("a/files")).count == 8)
    #expect(portal.exchanges.count { $0.request.side == .portal } == 16)
    // However late each arrives: the last was sent so long after the first.
    #expect(portal.exchanges.map(\.request.time).max() ?? 0 >= 15 * RequestBudget.shortestInterval)
  }

  @Test func aKilledFetchGoesOnWhereItWas() throws {
    let content = content
    let portal = try LoopbackPortal { request in
      guard request.earlier == 0 else { return .serve(content, request) }
      return Reply(body: Array(content.prefix(100_000)), announced: content.count, stalls: 20)
    }
    let list = try list(portal, ["ENCFF1.bed"], "list.tsv")
    let killed = try start(list, portal, to: "out")
    let part = folder.at("out-scratch/ENCFF1.bed.partial")
    while (try? Path.size(part)) != 100_000 { usleep(5000) }
    // The supervisor's death ends its worker.
    killed.kill(SIGKILL)
    _ = try killed.wait()
    var result = try start(list, portal, to: "out").wait()
    // Until the worker has ended it holds the scratch directory's lock.
    while result.status != 0, result.errors.contains("in use") {
      usleep(50_000)
      result = try start(list, portal, to: "out").wait()
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Path.read(folder.at("out/files/ENCFF1.bed")) == content)
    #expect(portal.exchanges.map(\.request.rangeStart) == [nil, 100_000])
  }

  @Test func aKeyIsNowhereButInTheRequest() throws {
    let content = content
    let portal = try LoopbackPortal(files: { $0 == "ENCFF1.bed" ? .bytes(content) : nil })
    let key = ["ENCODE_ACCESS_KEY": "CANARYID", "ENCODE_SECRET_KEY": "canary-secret"]
    let good = try start(list(portal, ["ENCFF1.bed"], "good.tsv"), portal, to: "good", key: key)
    let told = try good.wait()
    #expect(told.status == 0, "\(told.errors)")
    let authorizations = portal.exchanges.map { $0.request.header("authorization") != nil }
    #expect(authorizations == [true, false])
    let bad = try start(list(portal, ["ENCFF2.bed"], "bad.tsv"), portal, to: "bad", key: key)
    if (try? Path.readText("/proc/\(bad.pid)/cmdline"))?.contains("anary") == true {
      Issue.record("the key is in the arguments")
    }
    let failed = try bad.wait()
    #expect(failed.status == 2)
    for text in [told.output, told.errors, failed.output, failed.errors] {
      #expect(!text.contains("anary") && !text.contains("CANARY"))
    }
    #expect(try !holdsCanary(folder.path))
  }

  private func holdsCanary(_ path: String) throws -> Bool {
    switch try Path.kind(path) {
    case .directory: try Path.list(path).contains { try holdsCanary("\(path)/\($0)") }
    case .file:
      try String(decoding: Path.read(path), as: UTF8.self).firstRange(of: "canary-secret") != nil
    default: false
    }
  }
}
