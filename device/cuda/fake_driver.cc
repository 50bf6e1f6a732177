#include "device/cuda/fake_driver.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace attune {
namespace {

FakeDriverState& State() { return fake_driver_state(); }

// Handles are never followed: any address that is not null will do.
template <typename Handle>
Handle MakeHandle() {
  static char object;
  return reinterpret_cast<Handle>(&object);
}

void SetAttributes(std::map<CUdevice_attribute, int>& attributes) {
  attributes = {
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 9},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0},
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 132},
      {CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, 50 << 20},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 48 << 10},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 227 << 10},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR, 228 << 10},
      {CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR, 65536},
      {CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32},
      {CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH, 1},
  };
}

void AddDeviceFunctions(Driver& driver) {
  driver.Init = [](unsigned) { return CUDA_SUCCESS; };
  driver.GetErrorName = [](CUresult result, const char** name) {
    if (result == CUDA_ERROR_INVALID_VALUE) *name = "CUDA_ERROR_INVALID_VALUE";
    if (result == CUDA_ERROR_ILLEGAL_ADDRESS) *name = "CUDA_ERROR_ILLEGAL_ADDRESS";
    return CUDA_SUCCESS;
  };
  driver.GetErrorString = [](CUresult, const char** description) {
    *description = "described by the driver";
    return CUDA_SUCCESS;
  };
  driver.DeviceGetCount = [](int* count) {
    *count = State().devices;
    return CUDA_SUCCESS;
  };
  driver.DeviceGet = [](CUdevice* device, int index) {
    *device = index;
    return index < State().devices ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
  };
  driver.DeviceGetName = [](char* name, int size, CUdevice) {
    std::strncpy(name, State().name.c_str(), size);
    return CUDA_SUCCESS;
  };
  driver.DeviceGetPCIBusId = [](char* id, int size, CUdevice) {
    std::strncpy(id, "0000:01:00.0", size);
    return CUDA_SUCCESS;
  };
  driver.DeviceGetAttribute = [](int* value, CUdevice_attribute attribute, CUdevice) {
    *value = State().attributes[attribute];
    return CUDA_SUCCESS;
  };
  driver.DeviceTotalMem = [](size_t* bytes, CUdevice) {
    *bytes = State().memory_bytes;
    return CUDA_SUCCESS;
  };
}

void AddContextFunctions(Driver& driver) {
  driver.DevicePrimaryCtxRetain = [](CUcontext* context, CUdevice) {
    ++State().contexts_retained;
    *context = MakeHandle<CUcontext>();
    return CUDA_SUCCESS;
  };
  driver.DevicePrimaryCtxRelease = [](CUdevice) {
    --State().contexts_retained;
    return CUDA_SUCCESS;
  };
  driver.CtxGetCurrent = [](CUcontext* context) {
    *context = State().current.empty() ? nullptr : State().current.back();
    return CUDA_SUCCESS;
  };
  driver.CtxPushCurrent = [](CUcontext context) {
    State().current.push_back(context);
    ++State().pushes;
    return CUDA_SUCCESS;
  };
  driver.CtxPopCurrent = [](CUcontext* context) {
    *context = State().current.back();
    State().current.pop_back();
    return CUDA_SUCCESS;
  };
}

void AddMemoryFunctions(Driver& driver) {
  driver.MemAlloc = [](CUdeviceptr* address, size_t bytes) {
    if (bytes > State().memory_bytes - State().allocated_bytes()) return CUDA_ERROR_OUT_OF_MEMORY;
    *address = reinterpret_cast<CUdeviceptr>(std::aligned_alloc(256, (bytes + 255) / 256 * 256));
    State().allocations[*address] = bytes;
    return CUDA_SUCCESS;
  };
  driver.MemFree = [](CUdeviceptr address) {
    std::free(reinterpret_cast<void*>(address));
    return State().allocations.erase(address) == 1 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  };
  driver.MemGetInfo = [](size_t* free_bytes, size_t* total_bytes) {
    *total_bytes = State().memory_bytes;
    *free_bytes = State().memory_bytes - State().allocated_bytes();
    return CUDA_SUCCESS;
  };
  driver.MemHostRegister = [](void* data, size_t, unsigned int) {
    return State().pinned.insert(data).second ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  };
  driver.MemHostUnregister = [](void* data) {
    return State().pinned.erase(data) == 1 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
  };
  driver.MemcpyHtoDAsync = [](CUdeviceptr to, const void* from, size_t bytes, CUstream) {
    std::memcpy(reinterpret_cast<void*>(to), from, bytes);
    return CUDA_SUCCESS;
  };
  driver.MemcpyDtoHAsync = [](void* to, CUdeviceptr from, size_t bytes, CUstream) {
    std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
    return CUDA_SUCCESS;
  };
  driver.MemsetD8Async = [](CUdeviceptr to, unsigned char value, size_t bytes, CUstream) {
    std::memset(reinterpret_cast<void*>(to), value, bytes);
    State().last_memset_bytes = bytes;
    return CUDA_SUCCESS;
  };
}

void AddStreamFunctions(Driver& driver) {
  driver.StreamCreate = [](CUstream* stream, unsigned) {
    ++State().streams;
    *stream = MakeHandle<CUstream>();
    return CUDA_SUCCESS;
  };
  driver.StreamDestroy = [](CUstream) {
    --State().streams;
    return CUDA_SUCCESS;
  };
  driver.StreamSynchronize = [](CUstream) {
    return State().capturing ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
  };
  driver.EventCreate = [](CUevent* event, unsigned) {
    ++State().events;
    *event = MakeHandle<CUevent>();
    return CUDA_SUCCESS;
  };
  driver.EventDestroy = [](CUevent) {
    --State().events;
    return CUDA_SUCCESS;
  };
  driver.EventRecord = [](CUevent, CUstream) { return CUDA_SUCCESS; };
  driver.EventSynchronize = [](CUevent) { return CUDA_SUCCESS; };
  driver.EventElapsedTime = [](float* milliseconds, CUevent, CUevent) {
    *milliseconds = 0.25f;
    return CUDA_SUCCESS;
  };
}

void AddGraphFunctions(Driver& driver) {
  driver.StreamBeginCapture = [](CUstream, CUstreamCaptureMode) {
    State().capturing = true;
    return CUDA_SUCCESS;
  };
  driver.StreamEndCapture = [](CUstream, CUgraph* graph) {
    State().capturing = false;
    if (State().end_capture_result != CUDA_SUCCESS) return State().end_capture_result;
    ++State().graphs;
    *graph = MakeHandle<CUgraph>();
    return CUDA_SUCCESS;
  };
  driver.GraphGetNodes = [](CUgraph, CUgraphNode*, size_t* count) {
    *count = State().launches.size();
    return CUDA_SUCCESS;
  };
  driver.GraphInstantiateWithFlags = [](CUgraphExec* executable, CUgraph, unsigned long long) {
    ++State().executables;
    *executable = MakeHandle<CUgraphExec>();
    return CUDA_SUCCESS;
  };
  driver.GraphLaunch = [](CUgraphExec, CUstream) {
    ++State().replays;
    return CUDA_SUCCESS;
  };
  driver.GraphDestroy = [](CUgraph) {
    --State().graphs;
    return CUDA_SUCCESS;
  };
  driver.GraphExecDestroy = [](CUgraphExec) {
    --State().executables;
    return CUDA_SUCCESS;
  };
}

void AddKernelFunctions(Driver& driver) {
  driver.ModuleLoadData = [](CUmodule* module, const void*) {
    if (State().module_result != CUDA_SUCCESS) return State().module_result;
    ++State().modules;
    *module = MakeHandle<CUmodule>();
    return CUDA_SUCCESS;
  };
  driver.ModuleUnload = [](CUmodule) {
    --State().modules;
    return CUDA_SUCCESS;
  };
  driver.ModuleGetFunction = [](CUfunction* function, CUmodule, const char*) {
    *function = MakeHandle<CUfunction>();
    return CUDA_SUCCESS;
  };
  driver.FuncGetAttribute = [](int* value, CUfunction_attribute attribute, CUfunction) {
    *value = State().function_attributes[attribute];
    return CUDA_SUCCESS;
  };
  driver.FuncSetAttribute = [](CUfunction, CUfunction_attribute attribute, int value) {
    State().function_attributes[attribute] = value;
    return CUDA_SUCCESS;
  };
  driver.LaunchKernelEx = [](const CUlaunchConfig* config, CUfunction, void** arguments, void**) {
    if (State().launch_result != CUDA_SUCCESS) return State().launch_result;
    FakeLaunch launch{.config = *config, .arguments = {}};
    for (unsigned i = 0; i < config->numAttrs; ++i) {
      if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION) {
        launch.overlaps_previous =
            config->attrs[i].value.programmaticStreamSerializationAllowed != 0;
      }
      if (config->attrs[i].id != CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) continue;
      launch.has_cluster = true;
      launch.cluster[0] = config->attrs[i].value.clusterDim.x;
      launch.cluster[1] = config->attrs[i].value.clusterDim.y;
      launch.cluster[2] = config->attrs[i].value.clusterDim.z;
    }
    // A launch's arguments end with a null here: LaunchWith puts one behind them.
    while (arguments != nullptr && *arguments != nullptr) launch.arguments.push_back(*arguments++);
    State().launches.push_back(launch);
    return CUDA_SUCCESS;
  };
  driver.TensorMapEncodeTiled = [](CUtensorMap* map, CUtensorMapDataType type, cuuint32_t rank,
                                   void* address, const cuuint64_t* dims, const cuuint64_t* strides,
                                   const cuuint32_t* box, const cuuint32_t*, CUtensorMapInterleave,
                                   CUtensorMapSwizzle swizzle, CUtensorMapL2promotion,
                                   CUtensorMapFloatOOBfill) {
    // What tests ask about, at known places.
    map->opaque[0] = type;
    map->opaque[1] = rank;
    map->opaque[2] = dims[0];
    map->opaque[3] = rank > 1 ? strides[0] : 0;
    map->opaque[4] = box[rank - 1];
    map->opaque[5] = swizzle;
    map->opaque[6] = reinterpret_cast<uintptr_t>(address);
    return CUDA_SUCCESS;
  };
  driver.TensorMapReplaceAddress = [](CUtensorMap* map, void* address) {
    map->opaque[6] = reinterpret_cast<uintptr_t>(address);
    return CUDA_SUCCESS;
  };
}

}  // namespace

size_t FakeDriverState::allocated_bytes() const {
  size_t bytes = 0;
  for (const auto& [address, size] : allocations) bytes += size;
  return bytes;
}

FakeDriverState& fake_driver_state() {
  static auto* const state = new FakeDriverState;
  return *state;
}

Driver MakeFakeDriver() {
  State() = FakeDriverState();
  SetAttributes(State().attributes);
  Driver driver;
  AddDeviceFunctions(driver);
  AddContextFunctions(driver);
  AddMemoryFunctions(driver);
  AddStreamFunctions(driver);
  AddGraphFunctions(driver);
  AddKernelFunctions(driver);
  driver.cuda_version = 13000;
  driver.version = "580.65.06";
  return driver;
}

}  // namespace attune
