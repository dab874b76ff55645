import CFlowPlugin
import FlowPlugin

private let plugin = Plugin(
  "pretrain", version: "0.1.0",
  operations: [
    Ebert.self, Infer.self, Verify.self, Benchmark.self, TokenBenchmark.self, Batches.self,
  ])

/// The plugin's entry: what `flow` looks up after loading the library.
@c(flow_plugin_pretrain)
public func entry(_ host: UnsafePointer<FlowHost>?) -> UnsafePointer<FlowPluginTable>? {
  plugin.table
}
