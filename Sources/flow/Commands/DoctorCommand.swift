import ArgumentParser
import Files
import FlowCore

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Examine this machine for what runs need.",
    discussion: "Ends with exit code 1 where something is found with which runs will fail.")

  @Flag(help: "Print JSON.")
  var json = false

  @OptionGroup var safety: SafetyOptions

  @OptionGroup var plugins: PluginOptions

  @OptionGroup var state: StateOptions

  func run() throws {
    try reporting {
      let findings = Doctor.examine(
        stateDirectory: state.stateDir, registry: try plugins.registry(), policy: safety.sandbox)
      if json {
        Terminal.line(JSON.array(findings.map(\.json)).prettyText)
      } else {
        show(findings)
      }
      if findings.contains(where: { $0.level == .failure }) { throw ExitCode(1) }
    }
  }

  private func show(_ findings: [Finding]) {
    let width = findings.map(\.subject.count).max() ?? 0
    for finding in findings {
      let level = finding.level.rawValue
      let style: Terminal.Style =
        switch finding.level {
        case .ok: .green
        case .warning: .yellow
        case .failure: .red
        }
      let subject = finding.subject.padded(to: width)
      Terminal.line(
        "\(Terminal.styled(level.padded(to: 4), style, on: .standardOutput))  \(subject)  "
          + Visible.cell(finding.message))
      if let fix = finding.fix {
        Terminal.line(String(repeating: " ", count: width + 8) + "fix: \(Visible.cell(fix))")
      }
    }
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
