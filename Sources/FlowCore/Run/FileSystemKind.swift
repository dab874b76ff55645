import CSystem

/// What kind of file system a path is on (`f_type` of statfs(2); Lustre's and GPFS's headers).
struct FileSystemKind: Equatable {
  var name: String
  /// Whether other machines may have it too.
  var isNetwork: Bool

  private static let known: [Int: FileSystemKind] = [
    0x6969: network("NFS"), 0xFF53_4D42: network("CIFS"), 0xFE53_4D42: network("SMB 2"),
    0x0BD0_0BD0: network("Lustre"), 0x4750_4653: network("GPFS"), 0x00C3_6400: network("Ceph"),
    0x1983_0326: network("BeeGFS"), 0x0102_1997: network("9P"), 0x6573_5546: network("FUSE"),
    0x0102_1994: local("tmpfs"), 0xEF53: local("ext4"), 0x5846_5342: local("XFS"),
    0x9123_683E: local("Btrfs"), 0x794C_7630: local("overlay"), 0x2FC1_2FC1: local("ZFS"),
  ]

  private static func network(_ name: String) -> Self { Self(name: name, isNetwork: true) }
  private static func local(_ name: String) -> Self { Self(name: name, isNetwork: false) }

  private init(name: String, isNetwork: Bool) {
    self.name = name
    self.isNetwork = isNetwork
  }

  /// nil where the path is not there.
  init?(of path: String) {
    let number = Int(flow_file_system(path))
    guard number >= 0 else { return nil }
    self = Self.known[number] ?? Self.local("of kind 0x\(String(number, radix: 16))")
  }
}
