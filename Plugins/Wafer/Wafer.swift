import CFlowPlugin
import FlowPlugin

private let plugin = Plugin("wafer", version: "0.1.0", operations: [Estimate.self, Export.self])

/// The plugin's entry: what `flow` looks up after loading the library.
@c(flow_plugin_wafer)
public func entry(_ host: UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>? {
  plugin.table
}
