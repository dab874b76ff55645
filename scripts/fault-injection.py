#!/usr/bin/env python3
"""Fetches files through a portal that fails again and again, from processes that are killed, and checks what arrives.

    swift build -c release
    nice scripts/fault-injection.py 1000             # as many faults, and kills in between
    nice scripts/fault-injection.py 1000 --seed 7 --rate 0.4

Round after round `loopback-portal` serves synthetic files, with faults drawn from a seed: connections cut and stalled,
flipped bits, whole files and wrong parts where a part was asked for, 429, 500, 503, expired links, other versions,
truncated files, circles. Two `flow encode fetch` at once fetch a half each; every other one is killed (SIGKILL) at a
random moment and started again, until all files are there. Exit code 0 if

- every file that stands under its name, at the end and after each kill, has the right bytes;
- no byte that was kept is asked for again: the first request after a kill begins where the kept part ends, and each
  one after a cut where the cut was, unless a flipped bit or another version made the part worthless;
- never were there more than 10 requests to the portal within a second, from both processes together.
"""
import argparse
import collections
import glob
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("faults", nargs="?", type=int, default=1000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--rate", type=float, default=0.35, help="the share of requests that fail")
parser.add_argument("--files", type=int, default=80, help="in a round")
parser.add_argument("--build", default=f"{ROOT}/.build/release", help="the directory of flow and loopback-portal")
options = parser.parse_args()
chance = random.Random(options.seed)
work = tempfile.mkdtemp(prefix="fault-injection-")
count = collections.Counter()
kinds = collections.Counter()
problems = []


def make_files(directory):
    """Synthetic files of 1 kB to 6 MB; their digests by name."""
    os.makedirs(directory)
    digests = {}
    for number in range(options.files):
        content = chance.randbytes(int(10 ** chance.uniform(3, 6.8)))
        name = f"ENCFF{number:03}SYN.bed"
        open(f"{directory}/{name}", "wb").write(content)
        digests[name] = hashlib.md5(content).hexdigest()
    return digests


def serve(directory, seed, log):
    portal = subprocess.Popen(
        [f"{options.build}/loopback-portal", "--files", directory, "--faults", f"seed={seed},rate={options.rate}",
         "--stall", "2", "--link-lifetime", "3", "--log", log], stdout=subprocess.PIPE, text=True)
    return portal, {key: value for key, value in (portal.stdout.readline().split() for _ in range(3))}


def fetch(list_path, place, log):
    environment = dict(os.environ, XDG_RUNTIME_DIR=f"{work}/run")
    return subprocess.Popen(
        [f"{options.build}/flow", "step", "run", "encode/fetch", "--input", f"manifest={list_path}",
         "--param", "retries=30", "--param", "timeout_seconds=1", "--param", "max_parallel=6",
         "--output-dir", f"{place}/out", "--scratch-dir", f"{place}/scratch"],
        stdout=log, stderr=log, env=environment)


def check_files(place, digests, all_of=()):
    """What stands under its name is right."""
    for directory in (f"{place}/scratch", f"{place}/out/files"):
        for path in glob.glob(f"{directory}/*"):
            name = os.path.basename(path)
            if name in digests and hashlib.md5(open(path, "rb").read()).hexdigest() != digests[name]:
                problems.append(f"{path} is wrong")
    for name in all_of:
        if not os.path.exists(f"{place}/out/files/{name}"):
            problems.append(f"{place}/out/files/{name} is missing")


def kept(place):
    """The sizes of the parts, which the next process has to go on from."""
    return {
        os.path.basename(path)[:-8]: os.path.getsize(path) for path in glob.glob(f"{place}/scratch/*.partial")}


def children(process):
    try:
        return [int(pid) for pid in open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()]
    except OSError:
        return []


def kill(process):
    for pid in children(process) + [process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def fetch_through_kills(lists, digests, names, begin, kills):
    """Both halves at once; kills is given (time, file, size of its part) for each part that a kill left."""
    running = {}
    doomed = {}
    finished = set()
    try:
        while len(finished) < len(lists):
            for index, path in enumerate(lists):
                place = f"{work}/round/{index}"
                process = running.get(index)
                if index in finished:
                    continue
                if process is None:
                    os.makedirs(place, exist_ok=True)
                    running[index] = fetch(path, place, open(f"{place}/log", "w"))
                    # The first run of a half, and every other one, is killed.
                    count["runs"] += 1
                    doomed[index] = time.monotonic() + chance.uniform(0.05, 3) if chance.random() < 0.6 else None
                elif process.poll() is not None:
                    del running[index]
                    check_files(place, digests, names[index])
                    finished.add(index)
                    if process.returncode != 0:
                        problems.append(f"a fetch fails: {open(f'{place}/log').read()[-2000:]}")
                elif doomed[index] is not None and time.monotonic() > doomed[index]:
                    kill(process)
                    while any(os.path.exists(f"/proc/{pid}") for pid in children(process)):
                        time.sleep(0.01)
                    time.sleep(0.05)
                    count["kills"] += 1
                    del running[index]
                    check_files(place, digests)
                    for name, size in kept(place).items():
                        kills.append((time.monotonic() - begin, name, size))
            time.sleep(0.01)
    finally:
        for process in running.values():
            kill(process)


def check_exchanges(exchanges, kills):
    times = sorted(one["time"] for one in exchanges if one["side"] == "portal")
    first = 0
    for last, moment in enumerate(times):
        while moment - times[first] >= 1:
            first += 1
        count["peak"] = max(count["peak"], last - first + 1)
    by_file = collections.defaultdict(list)
    for one in exchanges:
        if one["side"] == "store" and one["status"] in (200, 206):
            by_file[one["path"].strip("/")].append(one)
    for name, requests in by_file.items():
        events = [(one["time"], 1, one) for one in requests] + [
            (moment, 0, size) for moment, who, size in kills if who == name]
        expected, is_doubtful = 0, False
        for _, is_request, event in sorted(events, key=lambda event: event[:2]):
            if not is_request:
                expected = event
                continue
            start = event["range"] or 0
            if start != expected and not (start == 0 and is_doubtful):
                problems.append(f"{name}: asked for from {start}, kept were {expected}")
            count["refetched"] += max(0, expected - start)
            if start == 0 and expected:
                count["refetched because worthless"] += expected
            count["requests for bytes"] += 1
            is_doubtful = is_doubtful or event["fault"] in ("flip", "changed-tag", "ignore-range", "wrong-range")
            unusable = event["fault"] in ("ignore-range", "wrong-range") or (
                event["fault"] == "truncated" and event["status"] == 200)
            if not unusable:
                expected = event["first"] + event["sent"]


def play(number):
    shutil.rmtree(f"{work}/round", ignore_errors=True)
    digests = make_files(f"{work}/round/files")
    log = f"{work}/round/exchanges"
    portal, addresses = serve(f"{work}/round/files", options.seed * 1000 + number, log)
    begin = time.monotonic()
    listing = subprocess.run(
        ["curl", "-sf", "--noproxy", "*", addresses["list"]], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    header, rows = listing[:3], listing[3:]
    halves = [rows[::2], rows[1::2]]
    lists, names = [], []
    for index, half in enumerate(halves):
        lists.append(f"{work}/round/list{index}.tsv")
        open(lists[-1], "w").write("\n".join(header + half) + "\n")
        names.append([row.split("\t")[5] for row in half])
    kills = []
    try:
        fetch_through_kills(lists, digests, names, begin, kills)
        # A stalled connection is in the log when it ends, which is after its client has given it up.
        time.sleep(2.5)
    finally:
        portal.kill()
        portal.wait()
    exchanges = [json.loads(line) for line in open(log)]
    # The list itself is asked for by curl.
    exchanges = [one for one in exchanges if one["path"] != "/files.tsv"]
    for one in exchanges:
        count["requests"] += 1
        if one["fault"]:
            kinds[one["fault"]] += 1
            count["faults"] += 1
    count["files"] += len(digests)
    count["bytes"] += sum(os.path.getsize(path) for path in glob.glob(f"{work}/round/files/*"))
    check_exchanges(exchanges, kills)
    if count["peak"] > 10:
        problems.append(f"{count['peak']} requests to the portal within a second")


def main():
    # Stopped by a signal it still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.makedirs(f"{work}/run", mode=0o700)
    begin = time.monotonic()
    rounds = 0
    while count["faults"] < options.faults and not problems:
        rounds += 1
        play(rounds)
        print(f"{count['faults']} faults, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    print(
        f"faults {count['faults']} in {count['requests']} requests ("
        + ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items())) + ")\n"
        f"fetches {count['runs']}, killed {count['kills']}; files {count['files']} ({count['bytes'] / 1e6:.0f} MB)\n"
        f"wrong or missing files {sum('is wrong' in one or 'is missing' in one for one in problems)}; kept bytes asked "
        f"for again {sum('asked for from' in one for one in problems)} times\n"
        f"most requests to the portal within a second {count['peak']}; {time.monotonic() - begin:.0f} s")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(f"what is left is in {work}")
    shutil.rmtree(work)


main()
