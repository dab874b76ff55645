#!/usr/bin/env python3
"""Writes a synthetic genome of human size and synthetic segmentations, to try a corpus at full scale.

Nothing here is real: bases are drawn one by one, states by run lengths. What is like the real thing is what
decides time and memory: the lengths of hg38's chromosomes (UCSC, hg38.chrom.sizes), runs of N at the ends
and in the middle of each (about 150 Mb in all, as in hg38), lower case, 60 letters a line; and for each
cell type about 440,000 segments of whole bins, as in Roadmap's 15-state files (55,605,005 segments in 127
files, https://egg2.wustl.edu/roadmap/web_portal/chr_state_learning.html), state shares as there.

    synthetic_genome.py DIR [--cell-types 127] [--scale 1.0] [--seed 1] [--plain]

writes DIR/genome.fa and DIR/states/C001.bed.gz, ... Needs numpy.
"""

import argparse
import os
import zlib

import numpy

LENGTHS = dict(
    zip(
        [f"chr{n}" for n in range(1, 23)] + ["chrX", "chrY"],
        [248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717,
         133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285,
         58617616, 64444167, 46709983, 50818468, 156040895, 57227415],
    )
)
BIN = 200
# Name, share of the bases, in Roadmap's 15-state model; runs are as long as the shares need at 440,000
# segments: quiescent stretches are long, promoters short.
STATES = [
    ("1_TssA", 0.008, 6), ("2_TssAFlnk", 0.006, 4), ("3_TxFlnk", 0.001, 3), ("4_Tx", 0.04, 25),
    ("5_TxWk", 0.129, 27), ("6_EnhG", 0.004, 4), ("7_Enh", 0.031, 6), ("8_ZNF/Rpts", 0.002, 8),
    ("9_Het", 0.027, 20), ("10_TssBiv", 0.001, 4), ("11_BivFlnk", 0.001, 3), ("12_EnhBiv", 0.002, 4),
    ("13_ReprPC", 0.013, 12), ("14_ReprPCWk", 0.09, 25), ("15_Quies", 0.645, 80),
]


def sequence(path, lengths, random):
    letters = numpy.frombuffer(b"ACGTacgt", numpy.uint8)
    with open(path, "wb") as out:
        for name, length in lengths.items():
            out.write(f">{name}\n".encode())
            # Telomeres, one large gap of 4.5 % of the chromosome, and small ones.
            gaps = [(0, min(10_000, length // 50)), (length - min(10_000, length // 50), length)]
            gaps += [(length * 2 // 5, length * 2 // 5 + length * 45 // 1000)]
            gaps += [(int(at), int(at) + 500) for at in random.integers(0, length, max(1, length // 5_000_000))]
            # Pieces of whole lines.
            for start in range(0, length, 60 * 200_000):
                size = min(60 * 200_000, length - start)
                codes = numpy.frombuffer(random.bytes(size), numpy.uint8) & 3
                # Lower case, half of the sequence, in blocks of 300.
                blocks = numpy.repeat(random.integers(0, 2, size // 300 + 1, dtype=numpy.uint8), 300)[:size]
                piece = letters[codes | blocks << 2]
                for low, high in gaps:
                    piece[max(0, low - start) : max(0, high - start)] = ord("N")
                whole = size // 60 * 60
                lines = numpy.full((whole // 60, 61), ord("\n"), numpy.uint8)
                lines[:, :60] = piece[:whole].reshape(-1, 60)
                out.write(lines.tobytes())
                if whole < size:
                    out.write(piece[whole:].tobytes() + b"\n")


def segmentation(path, lengths, random, plain):
    names = numpy.array([name for name, _, _ in STATES])
    runs = numpy.array([run for _, _, run in STATES], float)
    weights = numpy.array([share for _, share, _ in STATES]) / runs
    weights /= weights.sum()
    mean = (weights * runs).sum()
    text = []
    for name, length in lengths.items():
        bins = (length + BIN - 1) // BIN
        count = int(bins / mean * 1.3) + 50
        states = random.choice(len(STATES), count, p=weights)
        sizes = random.geometric(1 / runs[states])
        ends = numpy.cumsum(sizes)
        # Neighbours of one state are one segment.
        last = numpy.append(states[1:] != states[:-1], True)
        ends, states = ends[last], states[last]
        count = int(numpy.searchsorted(ends, bins)) + 1
        ends, states = numpy.minimum(ends[:count] * BIN, length), states[:count]
        starts = numpy.append(0, ends[:-1])
        rows = zip(starts.tolist(), ends.tolist(), names[states].tolist())
        text.append("".join(f"{name}\t{start}\t{end}\t{state}\n" for start, end, state in rows if start < end))
    data = "".join(text).encode()
    if not plain:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        data = packer.compress(data) + packer.flush()
    with open(path, "wb") as out:
        out.write(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory")
    parser.add_argument("--cell-types", type=int, default=127)
    parser.add_argument("--scale", type=float, default=1.0, help="of the chromosomes' lengths")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="segmentations without gzip")
    given = parser.parse_args()
    lengths = {name: max(1000, int(length * given.scale)) for name, length in LENGTHS.items()}
    os.makedirs(f"{given.directory}/states", exist_ok=True)
    sequence(f"{given.directory}/genome.fa", lengths, numpy.random.default_rng([given.seed, 0]))
    for cell in range(1, given.cell_types + 1):
        ending = "bed" if given.plain else "bed.gz"
        segmentation(
            f"{given.directory}/states/C{cell:03}.{ending}", lengths, numpy.random.default_rng([given.seed, cell]),
            given.plain)


if __name__ == "__main__":
    main()
