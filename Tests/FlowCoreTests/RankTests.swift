import Testing

@testable import FlowCore

@Suite struct RankTests {
  @Test(
    arguments: [
      ([:], "0/1"),
      (["OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"], "3/4"),
      (["PMI_RANK": "1", "PMI_SIZE": "2"], "1/2"),
      (["SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "8"], "5/8"),
      // A batch script: four tasks were asked for, but this is none of them.
      (["SLURM_PROCID": "0", "SLURM_NTASKS": "4"], "0/1"),
      // mpirun inside a Slurm job: the inner launcher counts.
      (
        [
          "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "1", "OMPI_COMM_WORLD_RANK": "1",
          "OMPI_COMM_WORLD_SIZE": "2",
        ], "1/2"
      ),
      (["PMI_RANK": "2", "PMI_SIZE": "2"], "0/1"),
      (["PMI_RANK": "x", "PMI_SIZE": "2"], "0/1"),
    ] as [([String: String], String)])
  func launchersTellTheirProcesses(environment: [String: String], rank: String) {
    #expect(Rank.launched { environment[$0] }.text == rank)
  }

  @Test(arguments: ["0/1", "3/4"]) func textIsReadBack(text: String) {
    #expect(Rank(text: text)?.text == text)
  }

  @Test(arguments: ["", "1", "1/1", "-1/2", "1/2/3", "a/b", "1/"])
  func otherTextIsNoRank(text: String) { #expect(Rank(text: text) == nil) }
}
