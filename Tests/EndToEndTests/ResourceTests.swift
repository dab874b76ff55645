import Files
import FlowTesting
import Glibc
import Testing

/// Processors, memory and disks that are too small.
@Suite struct ResourceTests {
  let engine: Engine

  init() throws { engine = try Engine() }

  @Test func moreMemoryThanThereIsStopsTheRunBeforeItBegins() throws {
    try engine.workflow(
      """
      flow: 1
      name: large
      steps:
        small: {use: probe/write}
        large: {use: probe/write, resources: {memory: 2 GB}}
      """)
    let result = try engine.run("--memory", "1 GB")
    #expect(result.status == 2)
    #expect(result.errors.contains("step 'large' asks for"))
    #expect(!result.errors.contains("started"))
    #expect(try engine.run("--memory", "2 GB").status == 0)
  }

  @Test func moreProcessorsThanThereAreIsAWarning() throws {
    try engine.workflow(
      """
      flow: 1
      name: wide
      steps:
        wide: {use: probe/write, resources: {cpus: 3}}
      """)
    let result = try engine.run("--cpus", "2", "--memory", "1 GB")
    #expect(result.status == 0)
    #expect(result.errors.contains("'wide' ask for more cores than the 2 that there are"))
    #expect(result.errors.split(separator: "\n").first?.contains("2 cores") ?? false)
  }

  @Test func theSameWorkInManyStepsIsDoneOnce() throws {
    try engine.workflow(
      """
      flow: 1
      name: same
      steps:
        part: {foreach: {n: [1, 2, 3, 4, 5, 6]}, use: probe/write, with: {seconds: 0.1}}
      """)
    #expect(try engine.run("--cpus", "4").status == 0)
    #expect(try engine.steps("done").count == 1)
    #expect(try engine.steps("reused").count == 5)
  }

  private static let canMount: Bool = {
    guard getuid() == 0, let work = try? TemporaryDirectory() else { return false }
    guard mount("none", work.path, "tmpfs", 0, "size=1m") == 0 else { return false }
    umount(work.path)
    return true
  }()

  @Test(.enabled(if: canMount, "needs the right to mount a small disk"))
  func aFullDiskEndsARunThatCanBeRunAgain() throws {
    let disk = engine.work.at("disk")
    try Path.createDirectory(disk)
    try #require(mount("none", disk, "tmpfs", 0, "size=4m") == 0)
    defer { umount(disk) }
    func workflow(_ behave: String) throws {
      try engine.workflow(
        """
        flow: 1
        name: full
        steps:
          quick: {use: probe/write, with: {text: quick}}
          filling: {use: probe/write, inputs: {files: $steps.quick.text}, with: {behave: \(behave)}}
        """)
    }
    try workflow("fill")
    let result = try engine.run("--state-dir", "disk/.flow")
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.errors.contains("full") || result.errors.contains("no space is left"))

    try workflow("well")
    let again = try engine.run("--state-dir", "disk/.flow")
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output.contains("1 up to date"), "what was done is kept")
  }
}
