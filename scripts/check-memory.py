#!/usr/bin/env python3
"""Hostile files through the real commands: no crash, no hang, no more than 64 MB of memory beyond the input.

    scripts/check-memory.py [--flow .build/release/flow] [--only NAME]

Each case is a small synthetic file that claims much: counts of 2^32, lines without an end, trees that lead in circles,
records that share bytes. A command must end within 30 seconds, by itself, and take at most 64 MB
more than for a file of a few bytes, and than the file itself. Ends with 1 where one does not.
"""

import argparse
import gzip
import io
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

ALLOWED = 64 << 20
SECONDS = 30


def packed(*pieces):
    """Gzip of pieces, each (bytes, how often)."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    out = []
    for piece, times in pieces:
        block = piece * max(1, (1 << 20) // len(piece))
        whole, rest = divmod(times * len(piece), len(block))
        out += [compressor.compress(block) for _ in range(whole)] + [compressor.compress(block[:rest])]
    return b"".join(out) + compressor.flush()


def indexed(magic, content, rows=1, inflated=None, tree=None, names=None, key=4, fields=(4, 4)):
    """A bigBed or bigWig: one chromosome, `rows` blocks of the same content, an index of one node."""
    blocks = [zlib.compress(content)] * rows
    chromosomes = 64
    tree_bytes = names or struct.pack("<BBH4sII", 1, 0, 1, b"chr1", 0, 100_000)
    file = bytearray(64) + struct.pack("<IIIIQQ", 0x78CA8C91, 1, key, 8, 1, 0) + tree_bytes
    data = len(file)
    file += struct.pack("<Q", rows)
    places = []
    for block in blocks:
        places.append((len(file), len(block)))
        file += block
    index = len(file)
    file += struct.pack("<IIQIIIIQII", 0x2468ACE0, 256, rows, 0, 0, 0, 100_000, index, 1, 0)
    if tree:
        file += tree(index + 48)
    else:
        file += struct.pack("<BBH", 1, 0, rows)
        for place, size in places:
            file += struct.pack("<IIIIQQ", 0, 0, 0, 100_000, place, size)
    largest = len(content) if inflated is None else inflated
    struct.pack_into("<IHHQQQHHQQIQ", file, 0, magic, 4, 0, chromosomes, data, index, *fields, 0, 0, largest, 0)
    return bytes(file)


def bed_row(rest):
    return struct.pack("<III", 0, 10, 20) + rest + b"\0"


def values(count):
    return struct.pack("<IIIIIBBH", 0, 0, 100_000, 0, 0, 1, 0, count) + struct.pack("<IIf", 0, 100_000, 1) * count


def two_bit(count, index, record=b""):
    return struct.pack("<IIII", 0x1A412743, 0, count, 0) + index + record


def same_record(count):
    index = b"".join(struct.pack("<B6sI", 6, f"{n:06x}".encode(), 16 + 11 * count) for n in range(count))
    runs = 100_000
    starts = struct.pack(f"<{runs}I", *range(0, 2 * runs, 2))
    record = struct.pack("<II", 4 * runs, runs) + starts + struct.pack("<I", 1) * runs + struct.pack("<II", 0, 0)
    return two_bit(count, index, record + bytes(runs))


BIGBED, BIGWIG = 0x8789F2EB, 0x888FFC26
FASTA, BED = b">chr1\n" + b"ACGT" * 100 + b"\n", b"chr1\t0\t200\tE1\n"


def circle(node):
    return struct.pack("<BBH", 0, 0, 4) + struct.pack("<IIIIQ", 0, 0, 0, 100_000, node) * 4


def cases():
    """Name, operation, the hostile input's name, its content, other inputs."""
    for operation in ["view", "check", "corpus", "encode", "train-bpe"]:
        name = "file" if operation == "view" else "sequence"
        yield "a chromosome on one line", operation, name, packed((b">chr1\n", 1), (b"ACGT", 40 << 20)), {}
        yield "a header without an end", operation, name, packed((b">", 1), (b"x", 200 << 20)), {}
        yield "letters that are none", operation, name, packed((b">chr1\n", 1), (b"!", 100 << 20)), {}
        yield "2bit: 2^32 - 1 sequences", operation, name, two_bit(0xFFFFFFFF, b"\1aAAAA" * 100), {}
        yield "2bit: 50,000 names of one record", operation, name, same_record(50_000), {}
        yield "2bit: 2^32 - 1 runs of N", operation, name, two_bit(
            1, struct.pack("<B1sI", 1, b"a", 22), struct.pack("<III", 4, 0xFFFFFFFF, 0)), {}
        yield "2bit: 2^32 - 1 bases", operation, name, two_bit(
            1, struct.pack("<B1sI", 1, b"a", 22), struct.pack("<IIII", 0xFFFFFFFF, 0, 0, 0)), {}
    for operation, name in [("view", "file"), ("check", "states"), ("check", "peaks"), ("corpus", "states")]:
        others = {} if name == "file" else {"sequence": FASTA}
        yield "BED: a line without an end", operation, name, packed((b"chr1\t", 1), (b"1", 300 << 20)), others
        yield "BED: a million columns", operation, name, (b"chr1\t0\t200" + b"\t" * 1_000_000 + b"\n") * 20, others
        yield "BED: a name of a megabyte", operation, name, b"chr1\t0\t200\t" + b"E" * 1_000_000 + b"\n", others
        yield "BED: a million chromosomes", operation, name, b"".join(
            b"c%d\t0\t200\tE1\n" % n for n in range(1_000_000)), others
        yield "BED: 2^40 bases", operation, name, BED + b"chr1\t0\t1099511627776\tE1\n", others
        yield "BED: zero bytes", operation, name, packed((b"\0", 300 << 20)), others
        yield "bigBed: rows of 32 MB", operation, name, indexed(BIGBED, bed_row(b"\t" * ((32 << 20) - 13)), 40), others
        yield "bigBed: an index in a circle", operation, name, indexed(BIGBED, bed_row(b"E1"), tree=circle), others
        yield "bigBed: names of 2^32 - 1 bytes", operation, name, indexed(
            BIGBED, bed_row(b"E1"), key=0xFFFFFFFF), others
        yield "bigBed: chromosomes in a circle", operation, name, indexed(
            BIGBED, bed_row(b"E1"), names=struct.pack("<BBH4sQ", 0, 0, 1, b"chr1", 64 + 32)), others
        yield "bigBed: blocks of 2^32 - 1 bytes", operation, name, indexed(
            BIGBED, bed_row(b"E1"), inflated=0xFFFFFFFF), others
        yield "table: a million cell types", operation, name, (
            b"ID CHR POSst POSed " + b" ".join(b"%x" % n for n in range(600_000)) + b" PosClass\n"), others
    yield "bigWig: values over each other", "view", "file", indexed(BIGWIG, values(65_535), 20), {}
    yield "bigWig: an index in a circle", "view", "file", indexed(BIGWIG, values(1), tree=circle), {}
    yield "checksums: names of 60 kB", "check", "checksums", packed(
        *((b"0" * 32 + b"  %d" % n + b"x" * 60_000 + b"\n", 1) for n in range(5_000))), {"sequence": FASTA}
    yield "aliases: a million names", "check", "chromosome_aliases", b"".join(
        b"%x\tchr%x\n" % (n, n) for n in range(500_000)), {"sequence": FASTA}
    yield "labels: lines without an end", "check", "labels", packed((b"7\t", 1), (b"E", 300 << 20)), {"sequence": FASTA, "states": BED}
    for name, content in [
        ("8 million numbers", b'{"model":{"vocab":{}},"a":[' + b"0," * 8_000_000 + b"0]}"),
        ("2 million objects", b'{"model":{"vocab":{}},"a":[' + b'{"":0},' * 2_000_000 + b"0]}"),
        ("arrays in arrays", b"[" * 10_000_000),
        ("a string of 16 MB", b'"' + b"a" * (16 << 20) + b'"'),
    ]:
        yield "tokenizer.json: " + name, "encode", "tokenizer", content, {"sequence": FASTA}


def run(arguments, folder, operation, inputs):
    command = [arguments.flow, "tokenize", operation, "--output-dir", str(folder / "out")]
    for name, content in inputs.items():
        path = folder / name
        path.write_bytes(content)
        command += ["--" + name, str(path)]
    if operation == "corpus" and "states" in inputs:
        command += ["--cell_types", "A", "--min_region", "100"]
    if operation == "train-bpe":
        # Takes memory in proportion to its sample.
        command += ["--sample_bases", "1000000"]
    if operation == "view" and not content_is_sequence(inputs["file"]):
        command += ["--regions", "chr1", "--bins", "100000"]
    told = folder / "told"
    began = time.monotonic()
    runner = subprocess.run([sys.executable, "-c", RUNNER, str(SECONDS), told, *command], capture_output=True, text=True)
    seconds = time.monotonic() - began
    code, memory = (int(word) for word in runner.stdout.split())
    text = told.read_text(errors="replace").strip().splitlines()
    reason = next((line for line in text if "error" in line or "cannot" in line), text[-1] if text else "")
    return code, seconds, memory * 1024, reason


def content_is_sequence(content):
    head = gzip.open(io.BytesIO(content)).read(1) if content[:2] == b"\x1f\x8b" else content[:1]
    return head in (b">", b"C")


# A process of its own: the peak of a child counts that of the one that started it. Prints the exit status, -9 where it
# had to be stopped, and the peak of the command and its workers in KiB.
RUNNER = """
import os, signal, sys
told = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)
child = os.fork()
if child == 0:
    os.setsid()
    os.dup2(told, 1)
    os.dup2(told, 2)
    os.execv(sys.argv[3], sys.argv[3:])
signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, 9))
signal.alarm(int(sys.argv[1]))
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flow", default=".build/release/flow")
    parser.add_argument("--only", default="", help="cases whose name or operation contains this")
    arguments = parser.parse_args()
    arguments.flow = os.path.abspath(arguments.flow)
    failed = 0
    plain = {}
    for name, operation, hostile, content, others in cases():
        if arguments.only not in f"{operation} {name}":
            continue
        with tempfile.TemporaryDirectory() as folder:
            if operation not in plain:
                Path(folder, "plain").mkdir()
                small = {"file" if operation == "view" else "sequence": FASTA}
                plain[operation] = run(arguments, Path(folder, "plain"), operation, small)[2]
            code, seconds, memory, reason = run(arguments, Path(folder), operation, {**others, hostile: content})
        more = memory - plain[operation]
        ok = code in (0, 1, 2) and more <= ALLOWED + len(content)
        failed += not ok
        print(f"{'ok  ' if ok else 'FAIL'} {operation:9} {name:38} {len(content) / 1e6:6.1f} MB, {code}, {seconds:4.1f} s, "
              f"{more / 1e6:+7.1f} MB  {reason[:110]}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
