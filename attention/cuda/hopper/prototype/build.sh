#!/bin/bash
# Builds every variant, or those whose names match VARIANTS, the check program and the library: build.sh [jobs]. Prints ptxas's complaints: spills,
# serialised products, ignored register splits. With DEBUG=1 into build_debug, where a hang traps with a message.
set -u
cd "$(dirname "$0")/../../../.."
here=attention/cuda/hopper/prototype
out=$here/build
flags="-std=c++20 -O3 -gencode=arch=compute_90a,code=sm_90a --expt-relaxed-constexpr -I. -Xcompiler -fPIC"
if [ "${DEBUG:-0}" = 1 ]; then
  out=$here/build/debug
  flags="$flags -DATTUNE_MBARRIER_SPIN_LIMIT=2000000"
fi
mkdir -p $out/src
python3 $here/variants.py $out/src "${VARIANTS:-}"
newest=$(ls -t attention/cuda/{hopper,ptx,functors,functors/prototype}/*.{cuh,h} $here/launcher.h 2>/dev/null | head -1)
compile() {
  local object=$out/$(basename $1 .cu).o
  if [ $object -nt $newest ] && [ $object -nt $1 ] && [ $object -nt $here/reference.cuh ]; then return; fi
  nvcc $flags -Xptxas -v -c -o $object $1 > $object.log 2>&1 || { echo "FAILED $1"; grep -m3 error $object.log; return; }
  grep -q "C75\|warning" $object.log && echo "$(basename $1): $(grep -o -m1 '(C75[^:]*:[^:]*function\|warning.*' $object.log | cut -c1-200)"
  grep "spill stores" $object.log | grep -v " 0 bytes spill stores" | sed "s|^|$(basename $1): |"
}
export -f compile
export out flags newest here
ls $out/src/*.cu $here/launcher.cu $here/check.cu | xargs -P "${1:-2}" -I{} bash -c 'compile {}'
cd $out
objects=$(for s in src/*.cu; do echo $(basename $s .cu).o; done)
nvcc -shared -cudart static -o libhopper.so launcher.o $objects -Xcompiler -static-libstdc++,-static-libgcc
nvcc -cudart static -o check check.o launcher.o $objects -Xcompiler -static-libstdc++,-static-libgcc
ls -la libhopper.so check
