import CFlowPlugin
import FlowPlugin

private let plugin = Plugin(
  "encode", version: "0.1.0",
  operations: [Search.self, Lock.self, Reference.self, Fetch.self, Samplesheet.self])

/// The plugin's entry: what `flow` looks up after loading the library.
@c(flow_plugin_encode)
public func entry(_ host: UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>? {
  plugin.table
}
