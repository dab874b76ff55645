import Files
import FlowTesting
import Testing

@Suite struct PathPlaceTests {
  @Test(arguments: [
    ("/no/such/./a/../b/c", "/no/such/b/c"), ("/no-such/../../b-not", "/b-not"),
    ("no/../such//x", "such/x"), ("../no/./x", "../no/x"), ("../../no", "../../no"),
  ])
  func whatIsNotThereIsFoundByItsName(_ path: String, _ place: String) {
    #expect(Path.place(path) == place)
  }

  @Test func whatIsThereIsFoundThroughItsLinks() throws {
    let directory = try TemporaryDirectory()
    try directory.write("a/b/file", "x")
    #expect(
      Path.place(directory.at("a/b/../b/./file")) == (try Path.real(directory.at("a/b/file"))))
  }
}
