import Files
import FlowTesting
import LoopbackPortal

@testable import Encode

/// A portal on loopback with the recorded experiment ENCSR416YFB and its 22 files, and steps that ask it.
///
/// Its items are changed by tests where the record lacks a case; then they are no longer the portal's word.
struct RecordedPortal {
  let folder: TemporaryDirectory
  let server: LoopbackPortal

  init(
    _ change: (inout PortalItems) -> Void = { _ in },
    faults: FaultPlan = .none
  ) throws {
    folder = try TemporaryDirectory()
    let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    var items = try PortalItems(directory: "/\(tests)/Fixtures/encode/items")
    change(&items)
    var settings = LoopbackPortal.Settings()
    settings.faults = faults
    server = try LoopbackPortal(settings, route: items.route)
  }

  /// The parameters that `search` and `lock` share, at their defaults but for those given; any status.
  func parameters(_ given: [String: JSON]) -> [String: JSON] {
    var all: [String: JSON] = [
      "portal": .string(server.address), "query": "", "check_fields": true, "status": [],
    ]
    for name in [
      "assay", "target", "biosample", "organism", "assembly", "output_type", "file_format",
    ] {
      all[name] = []
    }
    return all.merging(given) { $1 }
  }

  func search(_ given: [String: JSON]) throws -> OperationHost {
    try OperationHost(
      parameters: .object(parameters(given).merging(["show_rows": 40]) { first, _ in first }),
      directory: folder.at("search"))
  }

  func lock(_ given: [String: JSON], previous: String? = nil) throws -> OperationHost {
    let own: [String: JSON] = ["accessions": [], "preferred_default": false, "controls": false]
    return try OperationHost(
      parameters: .object(parameters(own).merging(given) { $1 }),
      inputs: previous.map { ["previous": [$0]] } ?? [:], directory: folder.at("lock"))
  }
}
