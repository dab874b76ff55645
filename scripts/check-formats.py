#!/usr/bin/env python3
"""Compares `flow tokenize view` with other readers on any files given.

    python3 -m venv venv && venv/bin/pip install numpy pyBigWig py2bit pysam
    venv/bin/python scripts/check-formats.py --flow .build/release/flow FILE...

bigWig and bigBed with pyBigWig (libBigWig), 2bit with py2bit, FASTA (plain, gzip, bgzip) with pysam (htslib): random
regions and whole chromosomes, all values and letters equal; means of bins to 1e-6. Ends with 1 where one differs.
"""

import argparse
import gzip
import json
import math
import os
import random
import subprocess
import sys
import tempfile

import numpy


def view(arguments, path, regions, **options):
    command = [arguments.flow, "tokenize", "view", "--file", path, "--json"]
    if regions:
        command += ["--regions", ",".join(regions)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{path}: {done.stderr}")
    return json.loads(done.stdout)


def random_regions(chromosomes, count, longest):
    regions = []
    for _ in range(count):
        name, length = random.choice(chromosomes)
        start = random.randrange(length)
        regions.append((name, start, min(length, start + random.randint(1, longest))))
    return regions


def text(region):
    name, start, end = region
    return f"{name}:{start + 1}-{end}"


def chunks(items, size):
    return [items[at : at + size] for at in range(0, len(items), size)]


class Difference(Exception):
    pass


def check_bigwig(arguments, path):
    import pyBigWig

    other = pyBigWig.open(path)
    chromosomes = list(other.chroms().items())
    mine = view(arguments, path, [], limit=0)
    if {c["name"]: c["length"] for c in mine["chromosomes"]} != dict(chromosomes):
        raise Difference("chromosomes differ")
    whole = [(name, 0, length) for name, length in chromosomes[: arguments.whole]]
    compared = 0
    for group in [[r] for r in whole] + chunks(random_regions(chromosomes, arguments.regions, 20000), 100):
        answer = view(arguments, path, [text(r) for r in group], limit=0)
        for region, found in zip(group, answer["regions"]):
            name, start, end = region
            values = numpy.full(end - start, numpy.nan, numpy.float32)
            for first, last, value in found["rows"]:
                values[max(first, start) - start : min(last, end) - start] = numpy.float32(value)
            expected = other.values(name, start, end, numpy=True)
            if not numpy.array_equal(values, expected, equal_nan=True):
                place = numpy.flatnonzero(~((values == expected) | (numpy.isnan(values) & numpy.isnan(expected))))[0]
                raise Difference(f"{text(region)}: {values[place]} at {start + place + 1}, pyBigWig {expected[place]}")
            compared += end - start
    bins = 0
    for name, start, end in random_regions(chromosomes, 20, 1000000):
        count = random.randint(1, min(50, end - start))
        answer = view(arguments, path, [text((name, start, end))], bins=count, limit=0)
        expected = other.stats(name, start, end, nBins=count, exact=True)
        for row, value in zip(answer["regions"][0]["rows"], expected):
            mean = float("nan") if row[2] is None else row[2]
            value = float("nan") if value is None else value
            if not (math.isnan(mean) and math.isnan(value)) and not math.isclose(mean, value, rel_tol=1e-6):
                raise Difference(f"{text((name, start, end))} in {count} bins: {mean}, pyBigWig {value}")
            bins += 1
    return f"{compared} bases and {bins} means"


def check_bigbed(arguments, path):
    import pyBigWig

    other = pyBigWig.open(path)
    chromosomes = list(other.chroms().items())
    mine = view(arguments, path, [], limit=0)
    if {c["name"]: c["length"] for c in mine["chromosomes"]} != dict(chromosomes):
        raise Difference("chromosomes differ")
    if mine["facts"]["autoSql"] != (other.SQL() or b"").decode():
        raise Difference("autoSql differs")
    rows = 0
    whole = [(name, 0, length) for name, length in chromosomes[: arguments.whole]]
    for group in chunks(whole + random_regions(chromosomes, arguments.regions, 1000000), 50):
        answer = view(arguments, path, [text(r) for r in group], limit=0)
        for region, found in zip(group, answer["regions"]):
            expected = sorted(other.entries(*region) or [])
            mine = sorted((row[0], row[1], "\t".join(row[2:])) for row in found["rows"])
            if mine != [tuple(row) for row in expected]:
                raise Difference(f"{text(region)}: {len(mine)} rows, pyBigWig {len(expected)}, or other content")
            rows += len(mine)
    return f"{rows} rows"


def check_letters(arguments, path, chromosomes, fetch, fold=lambda letters: letters):
    mine = view(arguments, path, [], limit=0)
    if [(c["name"], c["length"]) for c in mine["chromosomes"]] != chromosomes:
        raise Difference("sequences differ")
    whole = [(name, 0, length) for name, length in chromosomes[: arguments.whole]]
    compared = 0
    for group in chunks(whole + random_regions(chromosomes, arguments.regions, 5000), 100):
        answer = view(arguments, path, [text(r) for r in group])
        for region, found in zip(group, answer["regions"]):
            if found["bases"] != fold(fetch(*region)):
                raise Difference(f"{text(region)}: other letters")
            compared += region[2] - region[1]
    return f"{compared} letters"


def check_2bit(arguments, path):
    import py2bit

    other = py2bit.open(path, True)
    chromosomes = list(other.chroms().items())
    return check_letters(arguments, path, chromosomes, other.sequence)


def check_fasta(arguments, path):
    import pysam

    with tempfile.TemporaryDirectory() as folder:
        # pysam writes its index beside the file, and reads no gzip that is not bgzip.
        link = os.path.join(folder, os.path.basename(path))
        fold = lambda letters: letters
        head = open(path, "rb").read(16)
        if head[:2] == b"\x1f\x8b" and head[12:14] != b"BC":
            link = os.path.join(folder, "plain.fa")
            with gzip.open(path) as packed, open(link, "wb") as plain:
                while piece := packed.read(1 << 24):
                    plain.write(piece)
            fold = lambda letters: "".join(c if c in "ACGT" else "N" for c in letters.upper())
            arguments = argparse.Namespace(**{**vars(arguments), "regions": 5})
        else:
            os.symlink(os.path.abspath(path), link)
        other = pysam.FastaFile(link)
        chromosomes = list(zip(other.references, other.lengths))
        return check_letters(arguments, path, chromosomes, other.fetch, fold)


def kind(path):
    head = open(path, "rb").read(4)
    for magic, name in [("888ffc26", "bigwig"), ("8789f2eb", "bigbed"), ("1a412743", "2bit")]:
        if head in (bytes.fromhex(magic), bytes.fromhex(magic)[::-1]):
            return name
    return "fasta"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flow", default=".build/release/flow")
    parser.add_argument("--regions", type=int, default=200, help="random regions of each file")
    parser.add_argument("--whole", type=int, default=3, help="whole chromosomes of each file")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(1 << 30)
    print(f"seed {seed}")
    random.seed(seed)
    checks = {"bigwig": check_bigwig, "bigbed": check_bigbed, "2bit": check_2bit, "fasta": check_fasta}
    failed = False
    for path in arguments.files:
        try:
            print(f"equal: {path}: {checks[kind(path)](arguments, path)}", flush=True)
        except Difference as difference:
            failed = True
            print(f"DIFFERENT: {path}: {difference}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
