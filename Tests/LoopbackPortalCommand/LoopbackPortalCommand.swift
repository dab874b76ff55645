import ArgumentParser
import Files
import Glibc
import LoopbackPortal

/// `loopback-portal`: a directory of files behind a small ENCODE portal on this machine, with faults.
@main
struct LoopbackPortalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loopback-portal",
    abstract: "Serve files on 127.0.0.1 as the ENCODE portal and its store do, faults included.",
    discussion: """
      PORTAL/files/ID/@@download/NAME redirects to a presigned address of the store; STORE/NAME is the file itself. \
      The list of all files for `flow encode fetch` is PORTAL/files.tsv. It serves until it is killed.
      """)

  @Option(help: "The directory of files; those beginning with a dot are not served.")
  var files: String

  @Option(help: "A directory of items as the portal's JSON has them, to search and to lock.")
  var items: String?

  @Option(help: "The portal's port; 0 for one that is free.")
  var port: UInt16 = 0

  @Option(help: "The store's port; 0 for one that is free.")
  var storePort: UInt16 = 0

  @Option(
    help:
      "Faults drawn from a seed: 'seed=7,rate=0.3', and ',kinds=cut+flip+503' for some of \(Fault.allCases.map(\.rawValue).joined(separator: " "))."
  )
  var faults: String?

  @Option(help: "Seconds for which a presigned address counts.")
  var linkLifetime = 3600.0

  @Option(help: "Seconds for which a stalled connection is kept.")
  var stall = 30.0

  @Option(help: "Seconds that 429 and 503 ask for with Retry-After; 0 to leave it out.")
  var retryAfter = 1

  @Option(help: "Write each exchange to this file, a line of JSON.")
  var log: String?

  func run() throws {
    var settings = LoopbackPortal.Settings()
    settings.portalPort = port
    settings.storePort = storePort
    settings.linkLifetime = linkLifetime
    settings.stall = stall
    settings.retryAfter = retryAfter > 0 ? retryAfter : nil
    if let faults {
      (settings.faults, settings.seed) = try Self.plan(faults)
    }
    let find = LoopbackPortal.directory(files)
    let list = FileList(directory: files)
    let items = try items.map(PortalItems.init(directory:))
    let portal = try LoopbackPortal(settings, files: find) {
      list.answer($0) ?? items?.route($0)
    }
    list.serve(portal)
    // Past the buffer of standard output, so that whoever waits for the lines sees them.
    let text =
      "portal \(portal.address)\nstore \(portal.address(.store))\nlist \(portal.address)/files.tsv\n"
    _ = write(STDOUT_FILENO, text, text.utf8.count)
    let record = try log.map { try FileHandle.create($0) }
    var written: Set<Int> = []
    while true {
      usleep(50_000)
      guard let record else { continue }
      for (position, exchange) in portal.exchangesSoFar.enumerated() where exchange.isFinished {
        if written.insert(position).inserted { try record.write(Self.line(exchange)) }
      }
    }
  }

  private static func plan(_ text: String) throws -> (FaultPlan, UInt64) {
    var (seed, rate, kinds) = (UInt64(1), 0.1, Fault.allCases)
    for field in text.split(separator: ",") {
      let parts = field.split(separator: "=", maxSplits: 1)
      switch (parts.first, parts.last) {
      case ("seed", let value?) where UInt64(value) != nil: seed = UInt64(value) ?? 1
      case ("rate", let value?) where Double(value) != nil: rate = Double(value) ?? 0
      case ("kinds", let value?):
        kinds = try value.split(separator: "+").map {
          guard let kind = Fault(rawValue: String($0)) else {
            throw ValidationError("there is no fault '\($0)'")
          }
          return kind
        }
      default: throw ValidationError("'\(field)' is none of seed=N, rate=0…1, kinds=A+B")
      }
    }
    return (.seeded(seed, rate: rate, kinds: kinds).sparing(FileList.path), seed)
  }

  private static func line(_ exchange: Exchange) -> String {
    let request = exchange.request
    let line: JSON = [
      "time": .number(request.time), "side": .string(request.side.rawValue),
      "method": .string(request.method), "path": .string(request.path),
      "range": request.rangeStart.map { .integer($0) } ?? .null,
      "status": .integer(exchange.status),
      "fault": exchange.fault.map { .string($0.rawValue) } ?? .null,
      "first": .integer(exchange.firstByte), "sent": .integer(exchange.sentBytes),
    ]
    return line.text + "\n"
  }
}
