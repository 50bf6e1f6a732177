#!/bin/bash
# gpu_run.sh DIRECTORY: on a machine with a GPU, builds the variants, checks each, times those that passed, plain
# ones against cuDNN and the others against plain ones, and profiles the variants
# in PROFILE ("variant:length ..."). Logs go to DIRECTORY. TIMING_SECONDS (120) bounds the timing part.
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$here
build=$tree/build
export build
out=${1:?where logs go}
work=$(mktemp -d)
export work
seconds=${TIMING_SECONDS:-120}
begin=$SECONDS
elapsed() { echo $((SECONDS - begin)); }
nvidia-smi --query-gpu=name,driver_version,clocks.sm,power.draw --format=csv,noheader

timeout 200 $tree/build.sh 16 > $out/build.log 2>&1
grep -v '^-rwx' $out/build.log
timeout 20 $build/check > $out/names.txt || exit 1
echo "built after $(elapsed) s"

check_one() {
  timeout -k 2 ${2:-20} $build/check $1 > $work/$1.log 2>&1
  echo $? > $work/$1.code
}
export -f check_one
hung() { grep -lE '^(124|137)$' $work/*.code 2> /dev/null | wc -l; }

# One alone first: if it hangs, so will the rest.
first=$(head -1 $out/names.txt)
check_one $first
if [ $(hung) -lt 1 ]; then
  grep -vxF $first $out/names.txt | timeout 60 xargs -P 12 -I{} bash -c "check_one {} 40"
else
  echo "$first hangs: the other variants are not checked"
fi
: > $out/passed.txt
: > $out/check.log
while read -r name; do
  [ -e $work/$name.code ] || continue
  code=$(cat $work/$name.code)
  { echo "== $name: $code"; cat $work/$name.log; } >> $out/check.log
  if [ $code = 0 ]; then echo $name >> $out/passed.txt; continue; fi
  echo "FAILED ($code) $name, $(grep -c '  ok' $work/$name.log) cases ok:"
  grep -v '  ok' $work/$name.log | head -3
done < $out/names.txt
echo "passed $(wc -l < $out/passed.txt) of $(wc -l < $out/names.txt) after $(elapsed) s"
grep -h 'rel' $out/check.log | grep -v FAIL | sed 's/.*rel \([^ ]*\) max \([^ ]*\) lse \([^ ]*\).*/\1 \2 \3/' |
  sort -g | tail -1 | sed 's/^/largest relative error among passed cases, with its maximum and lse errors: /'

if [ $(hung) -gt 0 ]; then
  echo "building with the spin limit to place the hangs"
  DEBUG=1 timeout 100 $tree/build.sh 16 > $work/build_debug.log 2>&1
  for code in $(grep -lE '^(124|137)$' $work/*.code | head -2); do
    name=$(basename $code .code)
    timeout -k 2 10 $build/debug/check $name > $work/$name.debug 2>&1
    { echo "== debug $name"; sort $work/$name.debug | uniq -c | head -300; } >> $out/check.log
    echo "debug $name:"; grep hang $work/$name.debug | sort | uniq -c | sort -rn | head -8
  done
fi

timeout -k 5 $((seconds + 40)) python3 $here/timing.py $build/libhopper.so $out/passed.txt $out/times.json $seconds 2>&1
timeout -k 5 60 python3 $here/features.py $build/libhopper.so $out/passed.txt $out/features.json 40 2>&1
nvidia-smi --query-gpu=clocks.sm,power.draw,clocks_throttle_reasons.active --format=csv,noheader
echo "timed after $(elapsed) s"

for item in ${PROFILE:-}; do
  report=$work/${item/:/_}
  timeout -k 2 60 ncu --clock-control none --set full -k regex:attune -s 2 -c 1 -f -o $report \
    python3 $here/prof.py $build/libhopper.so ${item%:*} ${item#*:} > $work/ncu.log 2>&1 || tail -3 $work/ncu.log
  { echo "#### $item"; ncu -i $report.ncu-rep --page details 2>&1; } >> $out/profile_details.txt
  { echo "#### $item"; ncu -i $report.ncu-rep --page source --csv 2>&1; } >> $out/profile_source.csv
done
[ -e $out/profile_source.csv ] && gzip -f $out/profile_source.csv
echo "total $(elapsed) s"
