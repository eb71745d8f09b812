import CNNSpec
import CNNTestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// ^C and SIGTERM in the middle of things.
struct InterruptTests {
  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func `while it computes, it ends at once and leaves the old file`(signal: Int32, expected: Int32) throws {
    let folder = try TemporaryFolder()
    let images = try folder.write("many.idx", Make.images(20_000))
    let old = try folder.write("out.npy", "old")
    let process = try SpawnedCommand(["run", "vgg-fashion-small", "--input", images, "--output", old])
    #expect(process.status(within: 0.5) == nil, "ended before it could be interrupted")
    process.send(signal)
    #expect(process.status(within: 20) == expected)
    #expect(folder.names == ["many.idx", "out.npy"])
    #expect(try FileSystem.read(old) == Array("old".utf8))
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func `while it writes, the file is finished first, unless asked twice`(
    signal: Int32, expected: Int32
  ) throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let line = ["run", "lenet5", "--input", Repository.path("specs/lenet5.png"), "--output", pipe]
    for isPatient in [true, false] {
      // The command waits for someone to read the pipe.
      let process = try SpawnedCommand(line)
      #expect(process.status(within: 3) == nil)
      process.send(signal)
      #expect(process.status(within: 0.2) == nil, "it must not leave the file half written")
      if isPatient {
        let copy = try folder.write("copy.npy", try FileSystem.read(pipe))
        #expect(try WrittenArray(copy).shape == [1, 10])
      } else {
        process.send(signal)
      }
      #expect(process.status(within: 20) == expected)
    }
  }
}
