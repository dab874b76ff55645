import ArgumentParser
import Files
import FlowCore
import Glibc

struct UI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui", abstract: "Show running and past runs in a browser.",
    discussion: """
      Serves pages on 127.0.0.1 and prints their address, which holds a token. It only reads: the history, and the
      logs of steps. The program `flow-ui`, beside `flow`, does it.
      """)

  @Option(help: "Where to serve (default: 8470, or any free port where that one is taken).")
  var port: UInt16?

  @OptionGroup var state: StateOptions

  func run() throws {
    try reporting {
      let program = "\(Path.parent(try Path.real("/proc/self/exe")))/flow-ui"
      let arguments = [program, state.stateDir] + (port.map { ["\($0)"] } ?? [])
      var pointers = arguments.map { strdup($0) } + [nil]
      defer { for pointer in pointers { free(pointer) } }
      execv(program, &pointers)
      throw Diagnostic(
        "\(program) cannot be started: \(String(cString: strerror(errno)))",
        fix: "`make install` puts it beside `flow`; in a source tree: swift build --product flow-ui"
      )
    }
  }
}
