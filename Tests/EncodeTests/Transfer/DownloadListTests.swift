import Files
import FlowPlugin
import FlowTesting
import Glibc
import Testing

@testable import Encode

@Suite struct DownloadListTests {
  static let sha = String(repeating: "ab", count: 32)
  static let md5 = String(repeating: "0F", count: 16)

  func read(_ text: String, allowsUnverified: Bool = false) throws -> [Download] {
    let folder = try TemporaryDirectory()
    let path = try folder.write("list.tsv", Array(text.utf8))
    return try DownloadList(path, allowsUnverified: allowsUnverified).read().downloads
  }

  @Test func columnsAreFoundByName() throws {
    let rows = try read(
      "# files\r\nnote\tsha256\turl\tbytes\tname\tmd5\r\n"
        + "x\t\(Self.sha)\thttps://h.org/d/a.gz?b=c\t12\t\t\r\n\r\n"
        + "\t\tHTTP://h.org/a\t\tb.bed\t\(Self.md5)\n")
    #expect(
      rows == [
        Download(
          address: "https://h.org/d/a.gz?b=c", url: "https://h.org/d/a.gz?b=c", name: "a.gz",
          bytes: 12, sha256: Self.sha),
        Download(
          address: "HTTP://h.org/a", url: "http://h.org/a", name: "b.bed",
          md5: Self.md5.lowercased()),
      ])
  }

  @Test func theENCODEPortalsTableIsRead() throws {
    let header = "File accession\tFile format\tSize\tmd5sum\tFile download URL\tFile Status"
    let url = "https://www.encodeproject.org/files/ENCFF141SAU/@@download/ENCFF141SAU.bed.gz"
    let row = "ENCFF141SAU\tbed narrowPeak\t77\t\(Self.md5)\t\(url)\treleased"
    let rows = try read("\(header)\n\(row)\n")
    #expect(rows.map(\.name) == ["ENCFF141SAU.bed.gz"])
    #expect(rows.map(\.bytes) == [77] && rows.map(\.md5) == [Self.md5.lowercased()])
  }

  @Test func relativePathsBeginAtTheRealList() throws {
    let folder = try TemporaryDirectory()
    try Path.createDirectory("\(folder.path)/real dir")
    let list = try folder.write(
      "real dir/list.tsv", Array("url\tname\tmd5\na%b c.bed\tx\t\(Self.md5)\n".utf8))
    symlink(list, "\(folder.path)/link.tsv")
    let rows = try DownloadList("\(folder.path)/link.tsv", allowsUnverified: false).read()
      .downloads
    #expect(rows[0].sources[0].hasSuffix("/real%20dir/a%25b%20c.bed"))
    #expect(rows[0].address == "a%b c.bed")
  }

  @Test(arguments: [
    ("a\tb\n", "list.tsv:1: no column 'url'"),
    ("url\tFile download URL\n", "list.tsv:1: the column 'File download URL' stands twice"),
    ("url\tmd5\n", "it lists no files"),
    ("url\tmd5\n\tx\n", "list.tsv:2: no url"),
    ("url\thttp\nhttp://h/a\tx\n", "list.tsv:2: no sha256 and no md5"),
    ("url\tmd5\nftp://h/a\t\(md5)\n", "the scheme 'ftp' is not supported"),
    ("url\tmd5\ns3://H_/a\t\(md5)\n", "no place in a bucket that https can name"),
    ("url\tmd5\nhttp://me:pw@h/a\t\(md5)\n", "holds a user name or password"),
    ("url\tmd5\nhttp:///a\t\(md5)\n", "the url has no host"),
    ("url\tmd5\nhttp://h/a b\t\(md5)\n", "write it as %20"),
    ("url\tmd5\nhttp://h/\u{1}\t\(md5)\n", "control characters"),
    ("url\tmd5\nhttp://h/..\t\(md5)\n", "'..' cannot be a file's name"),
    ("url\tmd5\nhttp://h/a%2fb\t\(md5)\n", "'a%2fb' cannot be a file's name"),
    ("url\tname\tmd5\nhttp://h/a\t../a\t\(md5)\n", "'../a' cannot be a file's name"),
    ("url\tname\tmd5\nhttp://h/a\t-rf\t\(md5)\n", "'-rf' cannot be a file's name"),
    ("url\tname\tmd5\nhttp://h/a\tx.partial\t\(md5)\n", "'x.partial' cannot be a file's name"),
    (
      "url\tmd5\nhttp://h/a\t\(md5)\nhttp://i/a\t\(md5)\n",
      "list.tsv:3: the name 'a' is taken by line 2"
    ),
    ("url\tmd5\nhttp://h/a\tabc\n", "'abc' is not a md5: 32 hexadecimal digits"),
    ("url\tsha256\nhttp://h/a\t\(sha)g\n", "is not a sha256"),
    ("url\tbytes\tmd5\nhttp://h/a\t-1\t\(md5)\n", "'-1' is not a number of bytes"),
  ])
  func faultsAreToldWithTheirPlace(text: String, expected: String) {
    let told = message { _ = try read(text) }
    #expect(told.contains(expected), "told: \(told)")
  }

  @Test func rowsWithoutDigestsNeedPermission() throws {
    #expect(try read("url\nhttp://h/a\n", allowsUnverified: true).map(\.hasDigest) == [false])
  }

  @Test func aLockFileIsReadWithMirrorsAndWarnings() throws {
    let folder = try TemporaryDirectory()
    let path = try folder.write(
      "encode.lock",
      """
      # flow.encode.lock/1
      # query: type=File
      accession\turl\tmirrors\tmd5\tcontent_md5\tbytes\tname\tstatus\tsuperseded_by\tlab
      ENCFF1\thttps://h/1\thttps://m/1 s3://encode-public/2016/a+b/1\t\(Self.md5)\t\t7\tone\treleased\t\tx
      ENCFF2\thttps://h/2\t\t\t\(Self.md5)\t\ttwo\trevoked\tENCFF3\tx
      ENCFF4\thttps://h/4\t\t\(Self.md5)\t\t\tfour\tarchived\t\tx

      """)
    let contents = try DownloadList(path, allowsUnverified: false).read()
    #expect(
      contents.downloads.map(\.sources) == [
        ["https://h/1", "https://m/1", "https://encode-public.s3.amazonaws.com/2016/a%2Bb/1"],
        ["https://h/2"], ["https://h/4"],
      ])
    #expect(contents.downloads.map(\.contentMD5) == [nil, Self.md5.lowercased(), nil])
    #expect(
      contents.warnings == [
        "ENCFF2 is revoked, superseded by ENCFF3",
        "ENCFF4 is archived; the list names no file in its place",
      ])
    try folder.write("encode.lock", "# flow.encode.lock/2\nurl\n")
    let words = message { _ = try DownloadList(path, allowsUnverified: false).read() }
    #expect(words.contains("encode.lock:1: it is a lock file of version '2'"))
  }
}
