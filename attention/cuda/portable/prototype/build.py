"""Builds the harness into build/: a cubin for each variant, then libportable.so and check.

build.py [jobs] [pattern]   Writes build/report.txt: registers and spills of each variant.
"""
import concurrent.futures, hashlib, os, re, shutil, subprocess, sys

import variants

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../../.."))
BUILD = os.path.join(HERE, "build")
ARCH = os.environ.get("ARCH", "sm_90")
FLAGS = ["-std=c++20", "-O3", f"-arch={ARCH}", "-Xptxas", "-v", "-I", ROOT]


def compile_one(path, obj):
    r = subprocess.run(["nvcc", *FLAGS, "-cubin", path, "-o", obj], capture_output=True, text=True)
    if r.returncode:
        return path, None, r.stderr
    regs = re.search(r"Used (\d+) registers", r.stderr)
    spill = re.search(r"(\d+) bytes spill stores", r.stderr)
    return path, (int(regs[1]), int(spill[1])) if regs else (0, 0), r.stderr


def main():
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else os.cpu_count()
    pattern = sys.argv[2] if len(sys.argv) > 2 else ""
    os.makedirs(BUILD, exist_ok=True)
    work, chosen, stamps = [], [], {}
    headers = [os.path.join(d, f) for d in (os.path.join(HERE, ".."), os.path.join(HERE, "../../ptx"), HERE)
               for f in os.listdir(d) if f.endswith((".cuh", ".h"))]
    everything = "".join(open(f).read() for f in sorted(headers)) + " ".join(FLAGS[:4])
    for v in variants.all_variants():
        n = variants.name(v)
        if not re.search(pattern, n):
            continue
        chosen.append(variants.manifest(v))
        path, obj = os.path.join(BUILD, n + ".cu"), os.path.join(BUILD, n + ".cubin")
        text = variants.source(v)
        digest = hashlib.sha256((everything + text).encode()).hexdigest()
        stamp = os.path.join(BUILD, n + ".hash")
        if os.path.exists(obj) and os.path.exists(stamp) and open(stamp).read() == digest:
            continue
        open(path, "w").write(text)
        stamps[path] = (stamp, digest)
        work.append((path, obj))
    failed = False
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        report = open(os.path.join(BUILD, "report.txt"), "a")
        for path, result, err in pool.map(lambda a: compile_one(*a), work):
            n = os.path.basename(path)[:-3]
            if result is None:
                failed = True
                print(n, "FAILED\n", err[-3000:])
            else:
                line = f"{n:48s} registers {result[0]:3d} spill {result[1]}"
                print(line, flush=True)
                report.write(line + "\n")
                open(stamps[path][0], "w").write(stamps[path][1])
    if failed:
        sys.exit(1)
    open(os.path.join(BUILD, "variants.txt"), "w").write("\n".join(chosen) + "\n")
    if os.environ.get("CUBINS_ONLY"):
        return
    cuda = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("nvcc"))))
    flags = ["g++", "-std=c++20", "-O2", "-I", ROOT, "-I", cuda + "/include", "-fPIC"]
    libraries = ["-L", cuda + "/lib64", "-L", cuda + "/lib", "-lcudart_static", "-lpthread", "-ldl", "-lrt"]
    subprocess.check_call([*flags, "-shared", "-o", os.path.join(BUILD, "libportable.so"),
                           os.path.join(HERE, "variants.cc"), *libraries])
    subprocess.check_call([*flags, "-o", os.path.join(BUILD, "check"), os.path.join(HERE, "check.cc"),
                           os.path.join(HERE, "variants.cc"), *libraries])


main()
