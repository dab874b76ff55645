#!/usr/bin/env python3
"""Kills `flow run` again and again, and looks whether anything is lost or anything broken is taken.

    swift build -c release
    nice scripts/kill-engine.py 10000               # SIGKILL at random moments
    nice scripts/kill-engine.py --system-calls      # SIGKILL at each call that changes a file (needs Debian's strace)
    nice scripts/kill-engine.py --errors            # instead each such call fails: full disk, input/output error
    nice scripts/kill-engine.py --memory 300        # there is too little memory, a little more each time

The workflow has scripts, a scatter, one over files that a step makes, a gather and published files and directories. A kill takes the
engine, a step's process, or the whole process group, by a seed. After each one:

  - the history can be read, and every file in the results directory is whole;
  - the next run starts without anybody's help, reuses every step that the history called done, and says so within a
    second; when it is not killed itself, its results have the bytes of a run that nobody disturbed;
  - afterwards no process and no half-written output is left.

Exit code 0 if all of that held each time.
"""
import argparse
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The calls by which an engine changes what a crash could leave half changed.
CALLS = ("mkdir,openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink,rmdir,chmod,link,symlink,"
         "vfork,clone3,wait4")
WRITES = "mkdir,write,pwrite64,ftruncate,fsync,fdatasync,rename,chmod"

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("kills", nargs="?", type=int, default=1000)
parser.add_argument("--system-calls", action="store_true")
parser.add_argument("--errors", action="store_true")
parser.add_argument("--memory", type=int, metavar="TIMES")
parser.add_argument("--calls", default=None, help="other system calls than the usual ones, with commas")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--flow", default=f"{ROOT}/.build/release/flow")
options = parser.parse_args()
options.flow = os.path.abspath(options.flow)
chance = random.Random(options.seed)

WORKFLOW = """flow: 1
name: killed
inputs:
  peaks: peaks.bed
params:
  turn: {type: integer, default: 0, help: which result is asked for}
steps:
  words:
    foreach: {letter: [a, b, c, d]}
    with: {letter: $each.letter, turn: $params.turn}
    shell: |
      for i in 1 2 3 4 5; do echo "$letter $i $turn"; done > "$lines"
      mkdir "$tree"; head -c 20000 /dev/zero | tr '\\0' "$letter" > "$tree/long"; echo "$turn" > "$tree/short"
    outputs: {lines: lines.txt, tree: {path: tree, type: directory}}
  split:
    with: {turn: $params.turn}
    shell: |
      mkdir "$parts"
      for i in 1 2 $((turn % 5)); do echo "$i" > "$parts/p$i"; done
    outputs: {parts: {path: parts, type: directory}}
  part:
    foreach: {part: {files: $steps.split.parts/p*}}
    inputs: {part: $each.part}
    shell: cat "$part" "$part" > "$double"
    outputs: {double: double.txt}
  index:
    inputs: {peaks: $inputs.peaks}
    with: {turn: $params.turn}
    shell: sed "s/$/\\t$turn/" "$peaks" > "$numbered"
    outputs: {numbered: numbered.bed}
  join:
    inputs: {lines: $steps.words.lines, trees: $steps.words.tree, numbered: $steps.index.numbered,
      doubles: $steps.part.double}
    shell: |
      cat "${lines[@]}" "$numbered" "${doubles[@]}" > "$all"
      mkdir "$copy"; for tree in "${trees[@]}"; do cat "$tree/long" "$tree/short" >> "$copy/all"; done
    outputs: {all: all.txt, copy: {path: copy, type: directory}}
  last:
    inputs: {all: $steps.join.all}
    shell: sort "$all" > "$sorted"
    outputs: {sorted: sorted.txt}
outputs:
  sorted.txt: $steps.last.sorted
  copy: $steps.join.copy
  words: $steps.words.lines
"""


class Place:
    """A directory with the workflow, its history and its results."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="kill-engine-")
        with open(f"{self.path}/workflow.yaml", "w") as file:
            file.write(WORKFLOW)
        with open(f"{self.path}/peaks.bed", "w") as file:
            file.writelines(f"chr1\t{i * 100}\t{i * 100 + 50}\n" for i in range(50))

    def copy(self):
        """Another place in the same state."""
        place = Place()
        shutil.copytree(self.path, place.path, copy_function=shutil.copy2, dirs_exist_ok=True)
        return place

    def command(self, turn):
        return [options.flow, "run", "workflow.yaml", "--set", f"turn={turn}"]

    def run(self, turn, prefix=(), memory=None):
        def bound():
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        return subprocess.run(
            [*prefix, *self.command(turn)], cwd=self.path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", preexec_fn=bound)

    def start(self, turn):
        return subprocess.Popen(
            self.command(turn), cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)

    def results(self):
        found = {}
        for directory, _, names in os.walk(f"{self.path}/results/killed"):
            for name in names:
                path = os.path.join(directory, name)
                if "partial-" in path or name in ("report.html", ".flow-published.json", ".flow-probe"):
                    continue
                with open(path, "rb") as file:
                    found[os.path.relpath(path, self.path)] = hashlib.sha256(file.read()).hexdigest()
        return found

    def latest(self):
        """The id of the latest run, and the keys of its steps that the history calls done or reused."""
        log = subprocess.run([options.flow, "log", "latest", "--json"], cwd=self.path, capture_output=True, text=True)
        if log.returncode != 0:
            if "there is no history here" in log.stderr or "there is no run" in log.stderr:
                return None, set()
            raise Finding(f"the history cannot be read: {log.stderr}")
        log = json.loads(log.stdout)
        return log["id"], {s["key"] for s in log["steps"] if s["status"] in ("done", "reused")}

    def done(self, before=None):
        """Those keys; none where the latest run is still the one `before`."""
        run, keys = self.latest()
        return set() if run == before else keys

    def leftovers(self):
        found = []
        for directory, names, _ in os.walk(f"{self.path}/.flow"):
            found += [os.path.join(directory, name) for name in names if name.startswith("partial") or name == "work"]
        for directory, names, files in os.walk(f"{self.path}/results"):
            found += [os.path.join(directory, name) for name in names + files if "partial-" in name]
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/cwd").startswith(self.path):
                    with open(f"/proc/{pid}/cmdline") as file:
                        found.append(f"process {pid}: {file.read()}")
            except OSError:
                pass
        return found

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Finding(Exception):
    pass


def reference(turn, known={}):
    """What an undisturbed run makes."""
    if turn not in known:
        place = Place()
        run = place.run(turn)
        if run.returncode != 0:
            sys.exit(f"the undisturbed run failed:\n{run.stderr}")
        known[turn] = place.results()
        place.remove()
    return known[turn]


starts = []
findings = []


def check_next_run(place, turn, done, allowed):
    """`allowed` are the contents, by path, that a file in the results may have before this run."""
    for path, content in place.results().items():
        if content not in allowed.get(path, ()):
            raise Finding(f"{path} is not whole")
    began = time.monotonic()
    dry = place.run(turn, ())
    starts.append(time.monotonic() - began)
    if dry.returncode != 0:
        raise Finding(f"the next run failed ({dry.returncode}): {dry.stderr}")
    now = place.done()
    if done - now:
        raise Finding(f"{len(done - now)} finished steps were lost")
    log = json.loads(subprocess.run(
        [options.flow, "log", "latest", "--json"], cwd=place.path, capture_output=True, text=True).stdout)
    again = [s["name"] for s in log["steps"] if s["status"] == "done" and s["key"] in done]
    if again:
        raise Finding(f"finished steps were run again: {again}")
    if place.results() != reference(turn):
        raise Finding("the results are not those of an undisturbed run")
    time.sleep(0.02)
    if left := place.leftovers():
        raise Finding(f"left behind: {left}")


def allowed_contents(turns):
    allowed = {}
    for turn in turns:
        for path, content in reference(turn).items():
            allowed.setdefault(path, set()).add(content)
    return allowed


def tell(count, whole, began, what):
    rate = count / max(1e-9, time.monotonic() - began)
    print(f"{what} {count}/{whole}, {rate:.1f} a second, {(whole - count) / max(rate, 1e-9):.0f} s left", flush=True)


def at_random():
    began = time.monotonic()
    kills = 0
    place = Place()
    seconds = min(timed_run() for _ in range(3))
    turn = 0
    told = 0
    while kills < options.kills:
        turn = (turn + 1) % 50
        allowed = allowed_contents({turn, (turn - 1) % 50})
        done = set()
        before, _ = place.latest()
        # A run is killed until it gets through: each kill comes at any time of it.
        while kills < options.kills and chance.random() < 0.8:
            process = place.start(turn)
            time.sleep(chance.random() * seconds * 1.1)
            whom = chance.choice(["engine", "engine", "group", "step"])
            hit(process, whom)
            kills += 1
            try:
                done = check_history(place, done, process, before)
            except Finding as finding:
                report(place, kills, finding, whom)
                return summary(kills, began)
        try:
            check_next_run(place, turn, done, allowed)
        except Finding as finding:
            report(place, kills, finding, "the last")
            return summary(kills, began)
        if kills - told >= 200:
            told = kills
            tell(kills, options.kills, began, "kills")
        if turn == 0:
            place.remove()
            place = Place()
    place.remove()
    summary(kills, began)


def hit(process, whom):
    """Kills the engine, or with it all that it started, or one of its steps alone."""
    if whom == "step":
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        if children:
            try:
                os.kill(int(chance.choice(children)), signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()
        return
    try:
        if whom == "group":
            children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
            for child in children:
                os.kill(int(child), signal.SIGKILL)
        process.kill()
    except ProcessLookupError:
        pass
    process.wait()


def check_history(place, known, process, before):
    if process.returncode not in (0, 1, -signal.SIGKILL):
        raise Finding(f"the engine ended with {process.returncode}")
    # A run that was killed before it had looked at anything does not know of what is done.
    return known | place.done(before)


def timed_run():
    place = Place()
    began = time.monotonic()
    place.run(0)
    seconds = time.monotonic() - began
    place.remove()
    return seconds


def traced(place, turn, call, what):
    """A run in which `what` happens at a call, and whether it did. strace injects only into calls that it traces."""
    trace = f"{place.path}/trace"
    run = place.run(turn, ("strace", "-qqq", "-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:{what}"))
    with open(trace) as file:
        return run, "(INJECTED)" in file.read()


def count_calls(calls):
    place = Place()
    trace = f"{place.path}/trace"
    place.run(1)
    place.run(2, ("strace", "-qq", "-o", trace, "-e", f"trace={calls}"))
    with open(trace) as file:
        counts = {}
        for line in file:
            if call := re.match(r"(\w+)\(", line):
                counts[call[1]] = counts.get(call[1], 0) + 1
    place.remove()
    return counts


def at_system_calls():
    began = time.monotonic()
    calls = options.calls or CALLS
    counts = count_calls(calls)
    points = [(call, number) for call in sorted(counts) for number in range(1, counts[call] + 1)]
    print(f"{len(points)} points: " + ", ".join(f"{counts[call]} {call}" for call in sorted(counts)), flush=True)
    killed = 0
    base = Place()
    base.run(1)
    for position, (call, number) in enumerate(points):
        place = base.copy()
        before, _ = place.latest()
        run, _ = traced(place, 2, call, f"signal=SIGKILL:when={number}")
        killed += run.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        try:
            check_next_run(place, 2, place.done(before), allowed_contents({1, 2}))
        except Finding as finding:
            report(place, position, finding, f"{call} {number}")
            continue
        place.remove()
        if position % 100 == 99:
            tell(position + 1, len(points), began, "points")
    base.remove()
    print(f"{killed} of {len(points)} points ended the engine (the others were not reached again)")
    if killed < len(points) / 2:
        sys.exit("most points were not reached: this says nothing")
    summary(len(points), began)


def with_errors():
    began = time.monotonic()
    counts = count_calls(options.calls or WRITES)
    points = [(call, number, error) for call in sorted(counts) for number in range(1, counts[call] + 1)
              for error in ("ENOSPC", "EIO")]
    print(f"{len(points)} points: " + ", ".join(f"{counts[call]} {call}" for call in sorted(counts)), flush=True)
    refused = silent = missed = 0
    for position, (call, number, error) in enumerate(points):
        place = Place()
        place.run(1)
        before, _ = place.latest()
        run, was_injected = traced(place, 2, call, f"error={error}:when={number}")
        missed += not was_injected
        try:
            if run.returncode < 0 or run.returncode > 2:
                raise Finding(f"the engine ended with {run.returncode}: {run.stderr[-500:]}")
            if run.returncode != 0:
                refused += 1
                if not run.stderr.strip():
                    raise Finding("it failed without a word")
            elif place.results() != reference(2):
                raise Finding("it said that it was done, and the results are not those of an undisturbed run")
            else:
                silent += 1
            check_next_run(place, 2, place.done(before), allowed_contents({1, 2}))
        except Finding as finding:
            report(place, position, finding, f"{call} {number} {error}")
            continue
        place.remove()
        if position % 100 == 99:
            tell(position + 1, len(points), began, "errors")
    print(f"{refused} runs failed and said why, {silent} got through in spite of the error, or did not meet it ({missed})")
    if missed > len(points) / 2:
        sys.exit("most errors were not met: this says nothing")
    summary(len(points), began)


def with_little_memory():
    """The engine cannot have what it asks for: at its start, while it plans, runs and ends."""
    began = time.monotonic()
    base = Place()
    base.run(1)

    def attempt(memory):
        place = base.copy()
        before, _ = place.latest()
        return place, before, place.run(2, memory=memory)

    least, enough = 0, 1 << 33
    while enough - least > 1 << 18:
        middle = (least + enough) // 2
        place, _, run = attempt(middle)
        place.remove()
        least, enough = (least, middle) if run.returncode == 0 else (middle, enough)
    print(f"{enough >> 20} MiB of addresses are enough", flush=True)
    ends = {}
    for count in range(options.memory):
        # The library and the code take most of it; what the engine itself asks for lies in the last part.
        memory = enough - int((enough // 6) * chance.random())
        place, before, run = attempt(memory)
        ends[run.returncode] = ends.get(run.returncode, 0) + 1
        try:
            if run.returncode not in (0, 1, 2, 127) and -run.returncode not in (
                    signal.SIGABRT, signal.SIGSEGV, signal.SIGILL, signal.SIGTRAP, signal.SIGBUS):
                raise Finding(f"the engine ended with {run.returncode}: {run.stderr[-500:]}")
            check_next_run(place, 2, place.done(before), allowed_contents({1, 2}))
        except Finding as finding:
            report(place, count, finding, f"{memory} bytes")
            continue
        place.remove()
        if count % 100 == 99:
            tell(count + 1, options.memory, began, "attempts")
    base.remove()
    print("exit codes, and signals as negative numbers: "
          + ", ".join(f"{code} {ends[code]} times" for code in sorted(ends)))
    summary(options.memory, began)


def report(place, count, finding, what):
    findings.append(what)
    print(f"FOUND after {count}, {what}: {finding}\n  look at {place.path}", flush=True)


def summary(count, began):
    if findings:
        sys.exit(f"{count}: {len(findings)} findings: {', '.join(findings)}")
    starts.sort()
    late = starts[min(len(starts) - 1, int(len(starts) * 0.99))]
    print(f"{count}: nothing lost, nothing broken taken, nothing left behind; {time.monotonic() - began:.0f} s. "
          f"The run that followed took {starts[len(starts) // 2]:.2f} s (median), {late:.2f} s (99 of 100).")


if options.system_calls:
    at_system_calls()
elif options.errors:
    with_errors()
elif options.memory:
    with_little_memory()
else:
    at_random()
