import Files
import FlowTesting
import Testing

@testable import FlowCore

/// What control groups leave of a machine.
@Suite struct MachineTests {
  let work: TemporaryDirectory
  let whole = Machine(cpus: 64, memory: 1 << 40)

  init() throws { work = try TemporaryDirectory() }

  private func limited(_ membership: String) -> Machine {
    var machine = whole
    machine.limit(byGroup: membership, under: work.path)
    return machine
  }

  @Test func theTightestGroupOnTheWayUpCounts() throws {
    try work.write("outer/cpu.max", "400000 100000\n")
    try work.write("outer/memory.max", "8589934592\n")
    try work.write("outer/inner/cpu.max", "max 100000\n")
    try work.write("outer/inner/memory.max", "17179869184\n")
    let machine = limited("1:name=systemd:/elsewhere\n0::/outer/inner\n")
    #expect(machine.cpus == 4)
    #expect(machine.memory == 8_589_934_592)
  }

  @Test func theRootOfANamespaceHasLimitsToo() throws {
    try work.write("cpu.max", "150000 100000\n")
    #expect(limited("0::/\n").cpus == 1, "half a core is not promised")
    try work.write("cpu.max", "20000 100000\n")
    #expect(limited("0::/\n").cpus == 1, "there is always one")
  }

  @Test func withoutLimitsTheMachineIsWhole() throws {
    try work.write("memory.max", "max\n")
    #expect(limited("0::/\n").memory == whole.memory)
    #expect(limited("").cpus == whole.cpus)
  }

  @Test func thisMachineHasSomethingToGive() {
    #expect(Machine.here.cpus >= 1)
    #expect(Machine.here.memory >= 1 << 28)
  }
}
