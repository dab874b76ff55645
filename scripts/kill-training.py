#!/usr/bin/env python3
"""Kills a small EBERT training again and again, at random moments, and compares the weights it ends with.

    swift build -c release
    nice scripts/kill-training.py 1000              # at random moments
    nice scripts/kill-training.py --system-calls    # at each system call of one save (needs Debian's strace)

A training of 60 steps on chromosome 20 with a checkpoint at every third step is killed (SIGKILL, its supervisor
or its worker or both) and started again until it ends; then the next one begins, until so many kills are done.
Moments are drawn from a seed: any time between the start and the end of a run (half of them), while a checkpoint
is being written or an old one removed (the third and more), while the finished model is written. Every model and
every summary must have the bytes of a training that nobody disturbed. Exit code 0 if all have.

With --system-calls the worker dies as it enters the first, the second, ... of the calls with which its third
checkpoint is written, verified, published, and the oldest one removed.
"""
import argparse
import glob
import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATA = f"{ROOT}/Workflows/data"
PARAMETERS = dict(
    layers=1, hidden_size=16, heads=2, length=64, batch_size=4, steps=60, warmup_steps=5,
    validation_every=20, validation_windows=4, checkpoint_every=3)
# With which files are made, written, brought to the disk, renamed and removed.
CALLS = "mkdir,openat,write,ftruncate,fsync,fadvise64,rename,unlink,rmdir"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("kills", nargs="?", type=int, default=1000)
parser.add_argument("--system-calls", action="store_true")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--flow", default=f"{ROOT}/.build/release/flow")
options = parser.parse_args()
chance = random.Random(options.seed)
work = tempfile.mkdtemp(prefix="kill-training-")


def corpus():
    subprocess.run(
        [options.flow, "tokenize", "corpus", "--input", f"sequence={DATA}/hg19.chr20q.fa.gz",
         "--input", f"states={DATA}/E116_25_imputed12marks_mnemonics.chr20.bed.gz", "--param", "cell_types=GM12878",
         "--param", "k=6", "--param", "validation=chr20:50000001-53000000", "--output-dir", f"{work}/corpus"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def command(place):
    parameters = [text for key, value in PARAMETERS.items() for text in ("--param", f"{key}={value}")]
    return [
        options.flow, "step", "run", "pretrain/ebert", "--input", f"corpus={work}/corpus/corpus", *parameters,
        "--threads", "1", "--output-dir", f"{place}/out", "--scratch-dir", f"{place}/scratch"]


def start(place, log):
    return subprocess.Popen(command(place), stdout=subprocess.DEVNULL, stderr=log)


def result(place):
    """What must be the same bytes."""
    digest = hashlib.sha256()
    for name in sorted(glob.glob(f"{place}/out/model/*") + [f"{place}/out/summary.json"]):
        digest.update(open(name, "rb").read())
    return digest.hexdigest()


def children(process):
    try:
        return [int(pid) for pid in open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()]
    except OSError:
        return []


def kill(process):
    """The supervisor, the worker, or both, as when a machine, a plugin or a batch system's job dies."""
    workers = children(process)
    whom = chance.choice([[process.pid], workers, [process.pid] + workers, workers + [process.pid]])
    for pid in whom or [process.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def wait_for(process, pattern, turns):
    """Until there is something of that name, so many times anew; False where the process ends before."""
    for turn in range(turns):
        for there in (True, False) if turn + 1 < turns else (True,):
            while bool(glob.glob(pattern)) != there:
                if process.poll() is not None:
                    return False
                time.sleep(0.0002)
    return True


def strike(process, place, duration):
    """Kills at a random moment; False where the training has ended before."""
    kind = chance.random()
    if kind < 0.5:
        time.sleep(chance.uniform(0, duration))
    elif kind < 0.85:
        name = "partial" if kind < 0.75 else "discarded"
        if not wait_for(process, f"{place}/scratch/checkpoints/{name}", chance.randint(1, 4)):
            return False
        time.sleep(chance.uniform(0, 0.02))
    else:
        if not wait_for(process, f"{place}/out/.flow-partial-*/model", 1):
            return False
        time.sleep(chance.uniform(0, 0.006))
    if process.poll() is not None:
        return False
    kill(process)
    process.wait()
    return True


def traced(place, trace, *injection):
    """Runs the worker alone, as its supervisor would; returns its exit code."""
    os.makedirs(f"{place}/out")
    os.makedirs(f"{place}/scratch")
    # Its end of input would be the supervisor's death.
    reading, writing = os.pipe()
    with open(f"{work}/log", "w") as log:
        code = subprocess.run(
            ["strace", "-f", "-qq", "-o", trace, "-e", f"trace={CALLS}", *injection, *command(place),
             "--events-fd", "1"], stdin=reading, stdout=subprocess.DEVNULL, stderr=log).returncode
    os.close(reading)
    os.close(writing)
    return code


def third_save(trace):
    """The calls of the third save: (name, how many of that name its thread had made, the line)."""
    lines = [re.match(r"(\d+) +(\w+)\((.*)", line) for line in open(trace)]
    lines = [line.groups() for line in lines if line]
    thread = next(tid for tid, name, rest in lines if name == "mkdir" and '/partial"' in rest)
    counts, saves, calls = {}, 0, []
    for name, rest in ((name, rest) for tid, name, rest in lines if tid == thread):
        counts[name] = counts.get(name, 0) + 1
        saves += name == "mkdir" and '/partial"' in rest
        if saves == 3:
            calls.append((name, counts[name], rest))
        if saves == 3 and name == "rmdir" and '/discarded"' in rest:
            return calls
    sys.exit("the third save was not found in strace's log")


def kill_at_system_calls(expected):
    if not shutil.which("strace"):
        sys.exit("strace is missing: apt-get install strace")
    if traced(f"{work}/seen", f"{work}/trace") != 0:
        sys.exit(f"the traced training fails: {open(f'{work}/log').read()}")
    calls = third_save(f"{work}/trace")
    died = damaged = 0
    different = []
    for name, number, rest in calls:
        place = f"{work}/training"
        shutil.rmtree(place, ignore_errors=True)
        code = traced(place, f"{work}/trace", "-e", f"inject={name}:signal=KILL:when={number}")
        died += code == -signal.SIGKILL
        if code != -signal.SIGKILL:
            print(f"not reached: {name}({rest}: {open(f'{work}/log').read()}", file=sys.stderr)
            continue
        with open(f"{work}/log", "w+") as log:
            status = start(place, log).wait()
            log.seek(0)
            damaged += len(re.findall("is damaged", log.read()))
        if status != 0 or result(place) != expected:
            different.append(f"{name}({rest}")
    print(
        f"system calls of one save {len(calls)}; died at {died}; damaged checkpoints met {damaged}; "
        f"identical {'no' if different else 'yes'}")
    for call in different:
        print(f"differs after death at {call}", file=sys.stderr)
    return not different and died == len(calls)


def main():
    corpus()
    begin = time.monotonic()
    with open(os.devnull, "w") as nowhere:
        if start(f"{work}/whole", nowhere).wait() != 0:
            sys.exit("the training that nobody disturbs fails")
    duration = time.monotonic() - begin
    expected = result(f"{work}/whole")
    if options.system_calls:
        identical = kill_at_system_calls(expected)
        shutil.rmtree(work)
        sys.exit(0 if identical else 1)
    count = dict.fromkeys(
        ["kills", "writing", "removing", "ending", "trainings", "resumed", "fresh", "damaged", "failed", "different"], 0)
    begin = time.monotonic()
    while count["kills"] < options.kills:
        place = f"{work}/training"
        shutil.rmtree(place, ignore_errors=True)
        ended = False
        while not ended:
            with open(f"{work}/log", "w+") as log:
                process = start(place, log)
                struck = count["kills"] < options.kills and strike(process, place, duration)
                status = process.wait()
                log.seek(0)
                text = log.read()
            count["resumed" if "going on from the checkpoint of step" in text else "fresh"] += 1
            count["damaged"] += len(re.findall("is damaged", text))
            if struck:
                count["kills"] += 1
                # What the dead have left behind tells in the middle of what they were.
                count["writing"] += os.path.exists(f"{place}/scratch/checkpoints/partial")
                count["removing"] += os.path.exists(f"{place}/scratch/checkpoints/discarded")
                count["ending"] += bool(glob.glob(f"{place}/out/.flow-partial-*/model"))
                if count["kills"] % 50 == 0:
                    print(f"{count['kills']} kills, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
            elif status == 0:
                ended = True
            else:
                # A killed worker's supervisor says so and ends; anything else is a fault.
                count["failed"] += 1
                print(text, file=sys.stderr)
                ended = True
        count["trainings"] += 1
        if result(place) != expected:
            count["different"] += 1
            shutil.copytree(place, f"{work}/different-{count['different']}")
    identical = count["different"] == 0 and count["failed"] == 0
    print(
        f"kills {count['kills']} (while a checkpoint was written {count['writing']}, while one was removed "
        f"{count['removing']}, while the model was written {count['ending']}); trainings {count['trainings']}; "
        f"resumed from a checkpoint {count['resumed']}; restarted from zero {count['fresh'] - count['trainings']}; "
        f"damaged checkpoints met {count['damaged']}; failed {count['failed']}; "
        f"identical {'yes' if identical else 'no'} ({duration:.2f} s undisturbed, "
        f"{time.monotonic() - begin:.0f} s in all)")
    if identical:
        shutil.rmtree(work)
    else:
        print(f"what differs is in {work}", file=sys.stderr)
    sys.exit(0 if identical else 1)


main()
