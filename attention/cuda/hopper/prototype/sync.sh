#!/bin/bash
# Copies this folder, with the device sources under tree/ for a rebuild on the GPU machine, to the checkout given.
set -e
here=$(cd "$(dirname "$0")" && pwd)
to=$1/attention/cuda/hopper/prototype
rm -rf "$to"
mkdir -p $to/tree/attention/cuda/hopper/prototype
find $here -maxdepth 1 -type f -exec cp -p {} $to/ \;
find $here -maxdepth 1 -type f -exec cp -p {} $to/tree/attention/cuda/hopper/prototype/ \;
cp -rp $here/../../ptx $to/tree/attention/cuda/
cp -p $here/../*.cuh $to/tree/attention/cuda/hopper/
du -sh $to
