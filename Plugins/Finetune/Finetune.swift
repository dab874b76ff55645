import CFlowPlugin
import FlowPlugin

private let plugin = Plugin(
  "finetune", version: "0.1.0", operations: [Binding.self, Compare.self, Evaluate.self])

/// The plugin's entry: what `flow` looks up after loading the library.
@c(flow_plugin_finetune)
public func entry(_ host: UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>? {
  plugin.table
}
