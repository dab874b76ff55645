import CFlowPlugin
import FlowPlugin

private let plugin = Plugin(
  "tokenize", version: "0.1.0",
  operations: [
    MakeCorpus.self, CheckInputs.self, ViewFile.self, TrainBytePairs.self, Encode.self,
  ])

/// The plugin's entry: what `flow` looks up after loading the library.
@c(flow_plugin_tokenize)
public func entry(_ host: UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>? {
  plugin.table
}
