#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure what pipeimg costs, as ratios to known programs in the same run.

usage: bench.py [--json FILE] [--list] BUILD SOURCE [ROW...]

Both sides of a row run alternately, so that changes in the speed of the machine affect both. A row prints medians,
the median of the ratios of each pair, the range of the middle 80 % of them, the limit, and a verdict. Rows that
need a program that is not installed say so. bench/README.md explains the rows.
"""
import argparse
import fcntl
import json
import math
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROWS = {}


class Missing(Exception):
    """A program or a permission that a row needs."""


class Result:
    """The measurements of a row. Times are in seconds."""

    def __init__(self, ours, other, ratios, unit="s"):
        self.ours, self.other, self.ratios, self.unit = ours, other, sorted(ratios), unit
        self.note = ""
        # A second limit of the row, which a note describes.
        self.is_above = False

    @property
    def ratio(self):
        return statistics.median(self.ratios)

    def spread(self):
        tenth = len(self.ratios) // 10
        return self.ratios[tenth], self.ratios[-1 - tenth]


def row(name, title, ratio=None, seconds=None):
    """Register a row. Its limit is a ratio, pipeimg's time in seconds, or none."""
    def register(measure):
        ROWS[name] = (title, ratio, seconds, measure)
        return measure
    return register


class Bench:
    def __init__(self, build, source, work):
        self.build, self.source, self.work = build, source, work
        self.pipeimg = os.path.join(build, ".libs", "pipeimg")
        if not os.access(self.pipeimg, os.X_OK):
            self.pipeimg = os.path.join(build, "pipeimg")

    def path(self, name):
        return os.path.join(self.work, name)

    def tool(self, name):
        return os.path.join(self.build, "bench", name)

    def image(self, pipes, packets, length):
        """Return the name of an image that several rows use. It is written once."""
        name = self.path(f"{pipes}-{packets}-{length}.img")
        if not os.path.exists(name):
            subprocess.run([self.tool("image"), name, str(pipes), str(packets), str(length)], check=True)
            # Pending writes must not reach the disk during a measurement.
            os.sync()
        return name

    def dump(self, parent):
        """Copy a dump to parent/dump. The source can be read-only."""
        directory = os.path.join(parent, "dump")
        original = os.path.join(self.source, "testdata/criu-4.2/merged-packets")
        os.mkdir(directory)
        for name in os.listdir(original):
            shutil.copyfile(os.path.join(original, name), os.path.join(directory, name))
        return directory

    def print_pair(self, *command):
        """Run a program of bench/ that measures a pair and prints microseconds, the ratio and its spread."""
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        ours, other, ratio, low, high = map(float, out.split())
        result = Result(ours / 1e6, other / 1e6, [ratio])
        result.spread = lambda: (low, high)
        return result


def need(name, package):
    found = shutil.which(name)
    if not found:
        raise Missing(f"{name} (Debian: {package})")
    return found


def run(command, stdin=None):
    """Run a command with its output to /dev/null. Returns its wall and its CPU seconds."""
    with open(os.devnull, "r+b") as null:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=stdin or null, stdout=null)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = status
    if status:
        raise RuntimeError(f"{command[0]}: exit status {status >> 8}, signal {status & 127}")
    return wall, usage.ru_utime + usage.ru_stime


def pairs(count, ours, other, before=None, cpu=False):
    """Run two commands alternately. Before each, call before()."""
    times = []
    for i in range(count + 1):
        pair = []
        for command in (ours, other):
            if before:
                before()
            pair.append(run(command)[cpu])
        # The first pair fills the caches.
        if i:
            times.append(pair)
    return Result(statistics.median(t[0] for t in times), statistics.median(t[1] for t in times),
                  [a / b for a, b in times])


def remove(*names):
    for name in names:
        if os.path.isdir(name):
            shutil.rmtree(name)
        elif os.path.lexists(name):
            os.remove(name)


# ---- live pipes ----

@row("capture-packets", "capture 256 packets / tee + 256 reads", ratio=1.5)
def capture_packets(bench):
    return bench.print_pair(bench.tool("capture"), "packets")


@row("capture-stream", "capture 1 MiB of stream / tee + 256 reads", ratio=1.5)
def capture_stream(bench):
    return bench.print_pair(bench.tool("capture"), "stream")


@row("capture-mixed", "capture 128 runs + 128 packets / tee + 256 reads", ratio=2)
def capture_mixed(bench):
    return bench.print_pair(bench.tool("capture"), "mixed")


class Holders:
    """Processes that hold pipes, some of them with unread data, until they are released."""

    def __init__(self, bench, processes, pipes):
        self.process = subprocess.Popen([bench.tool("holders"), str(processes), str(pipes)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.process.stdout.readline().strip() != b"ready":
            self.process.wait()
            raise Missing(f"permission to start {processes} processes with {pipes} pipes each")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def measure_list(bench, processes):
    lsfd = need("lsfd", "util-linux")
    with Holders(bench, processes, 20):
        return pairs(3, [bench.pipeimg, "list", "--all"], [lsfd, "-Q", '(TYPE == "FIFO")'])


@row("list-2000", "list 2000 processes, 40 000 pipes / lsfd", ratio=0.6)
def list_2000(bench):
    return measure_list(bench, 2000)


@row("list-5000", "list 5000 processes, 100 000 pipes / lsfd", ratio=0.6)
def list_5000(bench):
    return measure_list(bench, 5000)


@row("list-lsof", "list 2000 processes, 40 000 pipes / lsof")
def list_lsof(bench):
    lsof = need("lsof", "lsof")
    with Holders(bench, 2000, 20):
        return pairs(3, [bench.pipeimg, "list", "--all"], [lsof, "-n", "-P", "-w"])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def read_until(terminal, end):
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            os.read(terminal, 65536)


@row("browse-live", "browse --live 500 processes, CPU for each second / list", seconds=0.06)
def browse_live(bench):
    with Holders(bench, 500, 20):
        _, listing = run([bench.pipeimg, "list", "--all"])
        pid, terminal = pty.fork()
        if not pid:
            os.environ["TERM"] = "xterm"
            os.execv(bench.pipeimg, [bench.pipeimg, "browse", "--live"])
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        # With many pipes, the time between two looks is twenty times what a look costs.
        start = time.monotonic()
        read_until(terminal, start + 30)
        used = cpu_seconds(pid) / (time.monotonic() - start)
        os.kill(pid, signal.SIGTERM)
        os.close(terminal)
        os.waitpid(pid, 0)
    return Result(used, listing, [used / listing])


@row("capture-all", "capture --all of 10 000 pipes / list --all")
def capture_all(bench):
    out = bench.path("all.img")
    with Holders(bench, 500, 20):
        result = pairs(3, [bench.pipeimg, "capture", "-q", "--all", "--force", "-o", out + "/"],
                       [bench.pipeimg, "list", "--all"], before=lambda: remove(out))
    remove(out)
    return result


# ---- images ----

@row("show", "show a small image / true", ratio=2.5)
def show(bench):
    image = os.path.join(bench.source, "testdata/criu-4.2/merged-packets/pipes-data.img")
    return bench.print_pair(bench.tool("start"), "101", bench.pipeimg, "show", image, "--", "/bin/true")


@row("verify", "verify 1.2 GB, 4.2 M packets / xxhsum -H3", ratio=1.3)
def verify(bench):
    xxhsum = need("xxhsum", "xxhash")
    image = bench.image(4096, 1024, 256)
    return pairs(11, [bench.pipeimg, "verify", "-q", image], [xxhsum, "-q", "-H3", image])


@row("json-base64", "convert --to json 70 MB, 262 144 packets / base64", ratio=1.6)
def json_base64(bench):
    image = bench.image(256, 1024, 250)
    return pairs(11, [bench.pipeimg, "convert", "-q", image, "-", "--to", "json"],
                 [need("base64", "coreutils"), "-w0", image])


@row("json-crit", "convert --to json of that image / crit decode", ratio=1 / 45)
def json_crit(bench):
    image = bench.image(256, 1024, 250)
    return pairs(2, [bench.pipeimg, "convert", "-q", image, "-", "--to", "json"],
                 [need("crit", "criu"), "decode", "-i", image])


def measure_compress(bench, image, count):
    zstd = need("zstd", "zstd")
    packed, other = bench.path("packed.zst"), bench.path("packed-by-zstd.zst")
    # The memory of a replaced file would stay in use until the end.
    result = pairs(count, [bench.pipeimg, "compress", "-q", image, "-o", packed],
                   [zstd, "-T2", "-3", "-q", image, "-o", other], before=lambda: remove(packed, other))
    for command in ([bench.pipeimg, "compress", "-q", image, "-o", packed],
                    [zstd, "-T2", "-3", "-q", "-f", image, "-o", other]):
        run(command)
    size = os.path.getsize(packed) / os.path.getsize(other)
    result.note = f"size {size:.3f}, limit 1.01"
    result.is_above = size > 1.01
    remove(packed, other)
    return result


@row("compress", "compress 1.2 GB of noise, level 3 / zstd -T2 -3", ratio=1.05)
def compress(bench):
    return measure_compress(bench, bench.image(4096, 1024, 256), 3)


@row("compress-text", "compress 330 MB of a log, level 3 / zstd -T2 -3", ratio=1.05)
def compress_text(bench):
    return measure_compress(bench, text_image(bench), 5)


def text_image(bench):
    """Return the name of an image whose packets are lines of a web server's log."""
    name = bench.path("text.img")
    if not os.path.exists(name):
        subprocess.run([bench.tool("image"), "--text", name, "1024", "2560", "120"], check=True)
        os.sync()
    return name


@row("show-packet", "show one packet of 1.2 GB compressed / true", seconds=0.005)
def show_packet(bench):
    packed = bench.path("one.zst")
    run([bench.pipeimg, "compress", "-q", bench.image(4096, 1024, 256), "-o", packed])
    result = bench.print_pair(bench.tool("start"), "31", bench.pipeimg, "show", packed, "--pipe", "4002000",
                              "--packet", "500", "--", "/bin/true")
    remove(packed)
    return result


def pages_archive(bench):
    """Return the name of a tar of a dump with 512 MiB of memory, which compresses to half."""
    archive = bench.path("dump.tar")
    if not os.path.exists(archive):
        directory = bench.dump(bench.work)
        with open(os.path.join(directory, "pages-1.img"), "wb") as pages:
            for _ in range(512):
                pages.write(os.urandom(512 * 1024).hex().encode())
        subprocess.run(["tar", "-C", bench.work, "-cf", archive, "dump"], check=True)
        remove(directory)
        os.sync()
    return archive


@row("show-tar", "show from a tar with 512 MiB of pages / true", seconds=0.005)
def show_tar(bench):
    return bench.print_pair(bench.tool("start"), "31", bench.pipeimg, "show", pages_archive(bench), "--",
                            "/bin/true")


@row("show-tar-zst", "show from that archive as tar.zst / zstd -dc", ratio=1.0)
def show_tar_zst(bench):
    zstd = need("zstd", "zstd")
    packed = bench.path("dump.tar.zst")
    run([zstd, "-q", "-T2", "-f", pages_archive(bench), "-o", packed])
    result = pairs(5, [bench.pipeimg, "show", packed], [zstd, "-q", "-d", "-c", packed])
    remove(packed)
    return result


@row("browse-frame", "browse 1.2 GB, first frame / cat", seconds=0.02)
def browse_frame(bench):
    return bench.print_pair(bench.tool("browse"), "frame", "15", bench.pipeimg, bench.image(4096, 1024, 256))


@row("browse-key", "  slowest key, completely indexed / cat", seconds=0.012)
def browse_key(bench):
    return bench.print_pair(bench.tool("browse"), "key", "7", bench.pipeimg, bench.image(4096, 1024, 256))


@row("browse-early-key", "  slowest key while indexing / cat", seconds=0.012)
def browse_early_key(bench):
    return bench.print_pair(bench.tool("browse"), "early-key", "15", bench.pipeimg,
                            bench.image(4096, 1024, 256))


# ---- trees of checkpoints ----

def write_originals(bench, originals):
    os.mkdir(originals)
    for i in range(10):
        directory = bench.dump(originals)
        with open(os.path.join(directory, "pages-1.img"), "wb") as pages:
            pages.write(os.urandom(30 * 1024))
        subprocess.run(["tar", "-C", originals, "-cf", os.path.join(originals, f"{i}.tar"), "dump"], check=True)
        remove(directory)


def archives(bench, count):
    """Return a tree of 60 KB archives: hard links to a few files, so that the page cache is not measured."""
    tree = bench.path(f"tree-{count}")
    if os.path.exists(tree):
        return tree
    originals = bench.path("originals")
    if not os.path.exists(originals):
        write_originals(bench, originals)
    for i in range(count):
        folder = os.path.join(tree, str(i // 1000))
        os.makedirs(folder, exist_ok=True)
        os.link(os.path.join(originals, f"{i % 10}.tar"), os.path.join(folder, f"{i}.tar"))
    return tree


@row("verify-tree", "verify -r 100 000 archives, CPU time for each / true", seconds=0.0001)
def verify_tree(bench):
    count = 100000
    _, cpu = run([bench.pipeimg, "verify", "-r", archives(bench, count)])
    _, true = run(["/bin/true"])
    return Result(cpu / count, true, [cpu / count / true])


@row("verify-tree-first", "  time to the first line / true", seconds=0.1)
def verify_tree_first(bench):
    command = [bench.pipeimg, "verify", "-r", archives(bench, 100000)]
    times = []
    for _ in range(5):
        start = time.monotonic()
        # After the heading, there is a line for each archive.
        process = subprocess.Popen([need("stdbuf", "coreutils"), "-oL"] + command, stdout=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.readline()
        times.append(time.monotonic() - start)
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        process.wait()
    wall, _ = run(["/bin/true"])
    return Result(statistics.median(times), wall, [t / wall for t in times])


@row("verify-slow", "verify -r of 64 archives, 100 ms for each open / --jobs=1", ratio=0.15)
def verify_slow(bench):
    slow = os.path.join(bench.build, "bench", ".libs", "slow-open.so")
    command = ["env", "LD_PRELOAD=" + slow, bench.pipeimg, "verify", "-q", "-r", archives(bench, 64)]
    return pairs(1, command, command + ["--jobs=1"])


# ---- growth ----

def exponent(bench, sizes, command, empty):
    """Return the power of the size with which the CPU time grows, without the cost of starting.

    The smallest size must cost much more than the 1 ms of the clock, or the power is too low.
    """
    start = min(run(empty)[1] for _ in range(5))
    costs = [max(min(run(command(size))[1] for _ in range(3)) - start, 1e-4) for size in sizes]
    power = math.log(costs[-1] / costs[0]) / math.log(sizes[-1] / sizes[0])
    result = Result(costs[-1], costs[0], [power])
    result.note = ", ".join(f"{size}: {cost:.3f} s" for size, cost in zip(sizes, costs))
    return result


def growth(name, title, sizes, command):
    small = [size // 100 or 1 for size in sizes]

    @row("growth-" + name, f"growth, {title}", ratio=1.1)
    def measure(bench):
        return exponent(bench, sizes, lambda size: command(bench, size), command(bench, small[0]))
    return measure


def queues(count):
    return count, 2, 64


def packets(count):
    return max(count // 65536, 1), min(count, 65536), 64


for NAME, TITLE, ARGUMENTS in (
        ("verify", "verify", lambda image: ["verify", "-q", image]),
        ("show", "show", lambda image: ["show", "-q", image]),
        ("json", "convert --to json", lambda image: ["convert", "-q", image, "-", "--to", "json"]),
        ("pcapng", "convert --to pcapng", lambda image: ["convert", "-q", image, "-", "--to", "pcapng"]),
        ("upgrade", "upgrade", lambda image: ["upgrade", "-q", image, "-o", "-"]),
        ("compress", "compress", lambda image: ["compress", "-q", image, "-o", "-"]),
        ("diff", "diff", lambda image: ["diff", "-q", image, image])):
    growth(NAME + "-queues", f"{TITLE}, 6 000 to 100 000 queues", (6250, 25000, 100000),
           lambda bench, size, a=ARGUMENTS: [bench.pipeimg] + a(bench.image(*queues(size))))
    growth(NAME + "-packets", f"{TITLE}, 65 536 to 1 048 576 packets", (65536, 262144, 1048576),
           lambda bench, size, a=ARGUMENTS: [bench.pipeimg] + a(bench.image(*packets(size))))
growth("verify-10m", "verify, 655 360 to 10 485 760 packets", (655360, 2621440, 10485760),
       lambda bench, size: [bench.pipeimg, "verify", "-q", bench.image(*packets(size))])


def members(bench, count):
    """Return a tar of a dump with many other files."""
    archive = bench.path(f"members-{count}.tar")
    if not os.path.exists(archive):
        directory = bench.dump(bench.work)
        for i in range(count):
            with open(os.path.join(directory, f"core-{100000 + i}.img"), "wb") as other:
                other.write(b"content")
        subprocess.run(["tar", "-C", bench.work, "-cf", archive, "dump"], check=True)
        remove(directory)
    return archive


growth("members", "show, archives of 1 000 to 30 000 members", (1000, 6000, 30000),
       lambda bench, size: [bench.pipeimg, "show", "-q", members(bench, size)])
growth("tree", "verify -r, 1 000 to 10 000 archives", (1000, 3000, 10000),
       lambda bench, size: [bench.pipeimg, "verify", "-q", "-r", archives(bench, size)])


# ---- CRIU ----

def criu(bench, name):
    """Run bench/criu-hook.sh once for all rows."""
    if not hasattr(bench, "criu_lines"):
        out = subprocess.run([os.path.join(bench.source, "bench/criu-hook.sh"), bench.build, bench.source],
                             check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
        bench.criu_lines = {line.split()[0]: line.split()[1:] for line in out}
    if name not in bench.criu_lines:
        raise Missing("root and criu (Debian: criu)")
    added, whole = (float(text) / 1000 for text in bench.criu_lines[name])
    return Result(added, whole, [added / whole])


def criu_row(action, count, limit):
    pipes = "1 packet pipe" if count == 1 else f"{count} packet pipes"

    what = "freeze at a dump" if action == "dump" else "restore"

    @row(f"criu-{action}-{count}", f"plugin's share of the {what} of {pipes} / dump", seconds=limit)
    def measure(bench):
        return criu(bench, f"{action}-{count}")
    return measure


criu_row("dump", 1, 0.010)
criu_row("dump", 100, 0.020)
criu_row("restore", 1, 0.010)
criu_row("restore", 100, 0.020)


# ---- output ----

def format_time(seconds):
    for unit, size in (("s ", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size or unit == "us":
            return f"{seconds / size:8.{0 if seconds / size >= 1000 else 1}f} {unit}"
    return ""


def verdict(result, ratio, seconds):
    if result.is_above:
        return "ABOVE"
    if ratio is not None:
        return "ok" if result.ratio <= ratio else "ABOVE"
    if seconds is not None:
        return "ok" if result.ours <= seconds else "ABOVE"
    return ""


def measure(bench, name):
    title, ratio, seconds, function = ROWS[name]
    line = {"row": name, "work": title.strip(), "limit_ratio": ratio, "limit_seconds": seconds}
    try:
        result = function(bench)
    except Missing as missing:
        print(f"{title:<58} not measured: needs {missing}", flush=True)
        return dict(line, missing=str(missing))
    except (RuntimeError, ValueError, OSError, subprocess.CalledProcessError) as error:
        # The other rows are still worth their time.
        print(f"{title:<58} failed: {error}", flush=True)
        return dict(line, error=str(error))
    low, high = result.spread()
    limit = f"{ratio:.3g}" if ratio is not None else format_time(seconds).strip() if seconds is not None else "-"
    print(f"{title:<58} {format_time(result.ours)} {format_time(result.other)} {result.ratio:8.3f}"
          f"  {low:.3f} to {high:.3f}  {limit:>7}  {verdict(result, ratio, seconds)}", flush=True)
    if result.note:
        print(f"    {result.note}", flush=True)
    return dict(line, ours_seconds=result.ours, other_seconds=result.other, ratio=result.ratio,
                spread=[low, high], verdict=verdict(result, ratio, seconds), note=result.note)


def main():
    parser = argparse.ArgumentParser(description="Measure what pipeimg costs, compared with known programs.")
    parser.add_argument("--json", metavar="FILE", help="also write the results to FILE")
    parser.add_argument("--list", action="store_true", help="list the rows and exit")
    parser.add_argument("build")
    parser.add_argument("source")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="name or prefix of rows (default: all)")
    arguments = parser.parse_args()
    names = [name for name in ROWS if not arguments.rows or any(name.startswith(r) for r in arguments.rows)]
    if not names:
        parser.error("no such row; --list lists all rows")
    if arguments.list:
        for name in names:
            print(f"{name:<24} {ROWS[name][0].strip()}")
        return
    build, source = os.path.abspath(arguments.build), os.path.abspath(arguments.source)
    libraries = os.path.join(build, "libimg", ".libs")
    os.environ["LD_LIBRARY_PATH"] = ":".join(filter(None, [libraries, os.environ.get("LD_LIBRARY_PATH")]))
    work = tempfile.mkdtemp(prefix="pipeimg-bench.")
    out = open(arguments.json, "w", encoding="utf-8") if arguments.json else None
    try:
        bench = Bench(build, source, work)
        print(f"{'work':<58} {'ours':>11} {'other':>11} {'ratio':>8}  {'spread':<14}  {'limit':>7}  verdict")
        lines = [measure(bench, name) for name in names]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if out:
        with out:
            json.dump({"machine": os.uname().machine, "processors": os.cpu_count(), "rows": lines}, out, indent=2)
            out.write("\n")
    if any("error" in line for line in lines):
        sys.exit(1)


if __name__ == "__main__":
    # End quietly in a pipe such as "| head".
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        main()
        sys.stdout.flush()
    except OSError as problem:
        sys.exit(f"bench.py: {problem}")
