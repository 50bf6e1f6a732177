// A driver for tests: one GPU whose memory is the host's and whose work is done when it has been
// enqueued. Kernels do nothing; launches are recorded.
#ifndef ATTUNE_DEVICE_CUDA_FAKE_DRIVER_H_
#define ATTUNE_DEVICE_CUDA_FAKE_DRIVER_H_

#include <cuda.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "device/cuda/driver.h"

namespace attune {

struct FakeLaunch {
  CUlaunchConfig config;
  bool has_cluster = false;
  unsigned cluster[3] = {};
  bool overlaps_previous = false;
  std::vector<void*> arguments;
};

// What the driver's functions, which take no object, read and write. One for the process.
struct FakeDriverState {
  int devices = 1;
  std::string name = "NVIDIA Fake";
  size_t memory_bytes = size_t{1} << 30;
  std::map<CUdevice_attribute, int> attributes;
  std::map<CUfunction_attribute, int> function_attributes;  // FuncSetAttribute writes them too
  CUresult module_result = CUDA_SUCCESS;
  CUresult launch_result = CUDA_SUCCESS;
  CUresult end_capture_result = CUDA_SUCCESS;

  std::map<CUdeviceptr, size_t> allocations;
  std::set<const void*> pinned;
  int contexts_retained = 0;
  std::vector<CUcontext> current;  // the stack of contexts
  int pushes = 0;
  int streams = 0;
  int events = 0;
  int modules = 0;
  int graphs = 0;
  int executables = 0;
  bool capturing = false;
  int replays = 0;
  size_t last_memset_bytes = 0;
  std::vector<FakeLaunch> launches;

  size_t allocated_bytes() const;
};

FakeDriverState& fake_driver_state();

// A table of functions that all work, of CUDA 13.0 and version 580.65.06; the state starts anew, as
// an H100 would be.
Driver MakeFakeDriver();

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_FAKE_DRIVER_H_
