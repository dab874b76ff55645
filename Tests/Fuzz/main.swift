import FuzzTargets
import Glibc

// libFuzzer's driver, with the target of FLOW_FUZZ_TARGET: libFuzzer starts itself anew with its own options,
// so that the choice cannot be one of them. Built and called by scripts/fuzz.sh.

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) private var target = FuzzTarget.twoBit

guard let name = getenv("FLOW_FUZZ_TARGET"),
  let chosen = FuzzTarget(rawValue: String(cString: name))
else {
  let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
  print("set FLOW_FUZZ_TARGET to one of: \(names)")
  exit(2)
}
target = chosen
var count = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exit(
  runDriver(&count, &arguments) { start, count in
    target.run(UnsafeRawBufferPointer(start: start, count: count))
    return 0
  })
