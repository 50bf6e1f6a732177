// Loads variants; also the C interface that timing.py uses.
#include "attention/cuda/portable/prototype/variants.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace attune::portable {
namespace {
void Check(cudaError_t error, const std::string& what) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", what.c_str(), cudaGetErrorString(error));
  std::exit(2);
}
}  // namespace

std::vector<Variant> LoadVariants(const std::string& folder) {
  std::ifstream list(folder + "/variants.txt");
  std::vector<Variant> variants;
  Variant v;
  int element, modifier;
  auto& c = v.configuration;
  while (list >> v.name >> element >> v.traits.qk_dim >> v.traits.v_dim >> v.traits.vector_bytes >>
         c.block_m >> c.block_n >> c.warps >> c.stages >> c.blocks_per_sm >> c.query_registers >>
         c.lazy_rescale >> c.longest_first >> c.overlap >> modifier >> v.user_mask) {
    v.traits.element = static_cast<ElementType>(element);
    v.modifier = static_cast<ModifierKind>(modifier);
    cudaLibrary_t library;
    Check(cudaLibraryLoadFromFile(&library, (folder + "/" + v.name + ".cubin").c_str(), nullptr,
                                  nullptr, 0, nullptr, nullptr, 0),
          v.name);
    Check(cudaLibraryEnumerateKernels(&v.kernel, 1, library), v.name);
    Check(cudaFuncSetAttribute(v.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               SharedBytes(v.traits, c)),
          v.name);
    variants.push_back(v);
  }
  return variants;
}

cudaError_t Launch(const Variant& v, PortableForwardParameters p, cudaStream_t stream) {
  const auto& c = v.configuration;
  p.q_blocks = (p.q_len + c.block_m - 1) / c.block_m;
  const int blocks = p.q_blocks * p.heads;
  if (blocks == 0) return cudaSuccess;
  void* arguments[] = {&p};
  return cudaLaunchKernel(v.kernel, dim3(blocks), dim3(Threads(c)), arguments,
                          SharedBytes(v.traits, c), stream);
}

}  // namespace attune::portable

using attune::portable::PortableForwardParameters;
namespace {
std::vector<attune::portable::Variant> loaded;
}

extern "C" {
int load(const char* folder) {
  loaded = attune::portable::LoadVariants(folder);
  return static_cast<int>(loaded.size());
}
const char* variant_name(int i) { return loaded[i].name.c_str(); }
int parameters_bytes() { return sizeof(PortableForwardParameters); }
int launch(int i, const PortableForwardParameters* p, void* stream) {
  return Launch(loaded[i], *p, static_cast<cudaStream_t>(stream));
}
// registers, local bytes, shared bytes, blocks per multiprocessor
int attributes(int i, int* out) {
  const auto& v = loaded[i];
  cudaFuncAttributes a;
  const cudaError_t error = cudaFuncGetAttributes(&a, v.kernel);
  out[0] = a.numRegs;
  out[1] = static_cast<int>(a.localSizeBytes);
  out[2] = SharedBytes(v.traits, v.configuration);
  cudaOccupancyMaxActiveBlocksPerMultiprocessor(&out[3], v.kernel, Threads(v.configuration),
                                                out[2]);
  return error;
}
}
