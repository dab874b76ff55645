import Files
import FlowTesting
import Testing

@Suite struct DigestTests {
  // FIPS 180-2 appendix B and RFC 1321 appendix A.5.
  @Test(arguments: [
    (
      StreamingHash.Algorithm.sha256, "abc",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    ),
    (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (.md5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
  ])
  func publishedValues(_ algorithm: StreamingHash.Algorithm, _ text: String, _ digest: String) {
    let hash = StreamingHash(algorithm)
    for byte in text.utf8 { withUnsafeBytes(of: byte) { hash.update($0) } }
    #expect(hash.finish() == digest)
  }

  @Test func aFileHashesAsItsBytes() throws {
    let directory = try TemporaryDirectory()
    let text = String(repeating: "ACGT\n", count: 500_000)
    let path = try directory.write("long.txt", text)
    #expect(try StreamingHash.of(file: path) == StreamingHash.sha256(of: text))
  }
}
