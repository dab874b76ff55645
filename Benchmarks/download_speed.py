#!/usr/bin/env python3
"""How fast `flow encode fetch` is beside curl (one large file) and aria2c (many files), on this machine.

    apt-get install nginx-light aria2 curl openssl
    swift build -c release
    Benchmarks/download_speed.py                       # 1 GiB in one file, 800 MiB in 200 files, 5 rounds

nginx serves synthetic files over http and, with a certificate of an authority made here, over https (HTTP/2 where
the client asks for it: curl and flow do, aria2c 1.36 cannot). The programs take turns. Files lie in memory
(/dev/shm) unless --directory says otherwise, so that no disk decides. flow verifies the MD5 of everything as it comes and
publishes the files; curl checks nothing, so it is timed with `md5sum` after it, too; aria2c is given the MD5s.
Times are wall-clock from start to exit, medians over the rounds, with the smallest and largest; beside them the
processor time of the program (without the server's), which does not depend on what else the machine does.
"""
import argparse
import hashlib
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--flow", default=f"{ROOT}/.build/release/flow")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--large", type=int, default=1024, help="MiB of the one file")
parser.add_argument("--many", type=int, default=200)
parser.add_argument("--each", type=int, default=4, help="MiB of each of the many")
parser.add_argument("--parallel", type=int, default=4)
parser.add_argument("--directory", default="/dev/shm")
options = parser.parse_args()
work = tempfile.mkdtemp(prefix="download-speed-", dir=options.directory)
# curl, aria2c and flow are told of the authority by the same variable or an option; no proxy on the way.
environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
environment["CURL_CA_BUNDLE"] = f"{work}/ca.pem"


def run(*command, **keywords):
    return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, **keywords)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def make_certificates():
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=download-speed test authority",
        "-keyout", f"{work}/ca.key", "-out", f"{work}/ca.pem")
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", f"{work}/key.pem",
        "-out", f"{work}/request.pem")
    open(f"{work}/names", "w").write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("openssl", "x509", "-req", "-days", "2", "-in", f"{work}/request.pem", "-CA", f"{work}/ca.pem", "-CAkey",
        f"{work}/ca.key", "-CAcreateserial", "-extfile", f"{work}/names", "-out", f"{work}/cert.pem")


def make_files():
    """Names and MD5s. Synthetic: random bytes."""
    os.makedirs(f"{work}/www")
    digests = {}
    for name, size in [("large", options.large)] + [(f"f{number:03}", options.each) for number in range(options.many)]:
        digest = hashlib.md5()
        with open(f"{work}/www/{name}", "wb") as file:
            for _ in range(size):
                piece = os.urandom(1 << 20)
                digest.update(piece)
                file.write(piece)
        digests[name] = digest.hexdigest()
    return digests


def serve(http, https):
    open(f"{work}/nginx.conf", "w").write(f"""
worker_processes 1;
pid {work}/nginx.pid;
daemon off;
error_log {work}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 10000;
  client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3;
  uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
  server {{
    listen 127.0.0.1:{http};
    listen 127.0.0.1:{https} ssl http2;
    ssl_certificate {work}/cert.pem;
    ssl_certificate_key {work}/key.pem;
    root {work}/www;
  }}
}}
""")
    # Its worker takes another user's identity where root starts it; the files are to be read by all.
    os.chmod(work, 0o755)
    server = subprocess.Popen(["nginx", "-p", work, "-c", f"{work}/nginx.conf"], stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", http)).close()
            return server
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nginx does not start: {open(f'{work}/error.log').read()}")


def with_curl(base, names, digests, place):
    run("curl", "-sf", "-o", f"{place}/{names[0]}", f"{base}/{names[0]}")


def with_curl_and_md5sum(base, names, digests, place):
    with_curl(base, names, digests, place)
    run("md5sum", "-c", input=f"{digests[names[0]]}  {place}/{names[0]}\n".encode())


def with_aria2c(checks, split=1):
    def fetch(base, names, digests, place):
        with open(f"{place}.txt", "w") as file:
            for name in names:
                file.write(f"{base}/{name}\n" + (f"  checksum=md5={digests[name]}\n" if checks else ""))
        run("aria2c", "-q", "-i", f"{place}.txt", "-d", place, "-j", str(options.parallel), "-x", str(split), "-s", str(split),
            "--file-allocation=none", f"--ca-certificate={work}/ca.pem", "--no-conf")
    return fetch


def with_flow(base, names, digests, place):
    with open(f"{place}.tsv", "w") as file:
        file.write("url\tmd5\tbytes\n")
        for name in names:
            file.write(f"{base}/{name}\t{digests[name]}\t{os.path.getsize(f'{work}/www/{name}')}\n")
    run(options.flow, "step", "run", "encode/fetch", "--input", f"manifest={place}.tsv", "--param",
        f"max_parallel={options.parallel}", "--output-dir", place)


def processor_seconds():
    """Of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(title, base, names, digests, programs):
    times = {name: [] for name in programs}
    work_done = {name: [] for name in programs}
    for turn in range(options.rounds + 1):
        for name, program in programs.items():
            place = f"{work}/out"
            os.makedirs(place)
            begin, used = time.monotonic(), processor_seconds()
            program(base, names, digests, place)
            duration, used = time.monotonic() - begin, processor_seconds() - used
            # The first round warms caches.
            if turn > 0:
                times[name].append(duration)
                work_done[name].append(used)
            shutil.rmtree(place)
    size = sum(os.path.getsize(f"{work}/www/{name}") for name in names) / 1e6
    print(f"{title}: {size:.0f} MB")
    for name, all_times in times.items():
        middle = statistics.median(all_times)
        print(
            f"  {name:32} {middle:6.2f} s ({min(all_times):.2f} to {max(all_times):.2f}) {size / middle:6.0f} MB/s, "
            f"processor {statistics.median(work_done[name]):.2f} s")
    return {name: statistics.median(all_times) for name, all_times in times.items()}


def main():
    # Stopped by a signal it still cleans up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for program in ["nginx", "curl", "aria2c", "openssl"]:
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install nginx-light aria2 curl openssl")
    make_certificates()
    digests = make_files()
    many = [name for name in digests if name != "large"]
    http, https = free_port(), free_port()
    server = serve(http, https)
    try:
        for scheme, base in [("http", f"http://127.0.0.1:{http}"), ("https", f"https://localhost:{https}")]:
            one = compare(f"one file, {scheme}", base, ["large"], digests, {
                "curl": with_curl, "curl, then md5sum": with_curl_and_md5sum, "aria2c with md5, 1 connection": with_aria2c(True),
                "aria2c with md5, 4 connections": with_aria2c(True, 4), "flow": with_flow})
            print(f"  flow / curl {one['flow'] / one['curl']:.2f}; flow / curl and md5sum "
                  f"{one['flow'] / one['curl, then md5sum']:.2f}", flush=True)
            more = compare(f"{len(many)} files, {scheme}", base, many, digests, {
                "aria2c": with_aria2c(False), "aria2c with md5": with_aria2c(True), "flow": with_flow})
            print(f"  flow / aria2c {more['flow'] / more['aria2c']:.2f}; flow / aria2c with md5 "
                  f"{more['flow'] / more['aria2c with md5']:.2f}", flush=True)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(work)


main()
