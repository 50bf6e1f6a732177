#include "device/cuda/kernel_compiler.h"

#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr char kSource[] = R"(
#include "configuration.cuh"
#include <cuda_fp16.h>

template <Configuration kConfiguration>
__global__ void __launch_bounds__(kConfiguration.threads) Reverse(float* values) {
  __shared__ float tile[kConfiguration.threads];
  tile[threadIdx.x] = values[threadIdx.x];
  __syncthreads();
  values[threadIdx.x] = tile[kConfiguration.threads - 1 - threadIdx.x] * kConfiguration.scale;
}

// More live values than the registers that the bounds leave.
template <int kValues>
__global__ void __launch_bounds__(1024, 1) Spill(float* values) {
  float held[kValues];
#pragma unroll
  for (int i = 0; i < kValues; ++i) held[i] = values[i * 1024 + threadIdx.x];
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kValues; ++i) values[i * 1024 + threadIdx.x] = held[kValues - 1 - i];
}
)";

KernelSource Source(std::string name_expression, std::string architecture = "sm_80") {
  KernelSource source;
  source.name = "reverse.cu";
  source.text = kSource;
  source.name_expression = std::move(name_expression);
  source.architecture = std::move(architecture);
  source.headers = std::make_shared<HeaderSet>(HeaderSet{
      {"configuration.cuh", "struct Configuration { int threads = 64; int scale = 1; };\n"}});
  return source;
}

class KernelCompilerTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
    ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
    nvrtc_ = *nvrtc;
  }

  const Nvrtc* nvrtc_ = nullptr;
};

class EveryArchitectureTest : public KernelCompilerTest,
                              public testing::WithParamInterface<const char*> {};

TEST_P(EveryArchitectureTest, StructuralConfigurationGivesMachineCodeAndResources) {
  const absl::StatusOr<KernelImage> image =
      CompileKernel(*nvrtc_, Source("Reverse<Configuration{.threads = 256}>", GetParam()));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(absl::StartsWith(image->cubin,
                               "\x7f"
                               "ELF"));
  EXPECT_TRUE(absl::StrContains(image->cubin, image->lowered_name));
  EXPECT_EQ(image->architecture, GetParam());
  EXPECT_GT(image->resources.registers, 0);
  EXPECT_LE(image->resources.registers, 32);
  EXPECT_EQ(image->resources.barriers, 1);
  EXPECT_EQ(image->resources.spill_store_bytes, 0);
  // Hopper and later reserve some of their own on top.
  EXPECT_GE(image->resources.static_shared_bytes, 256 * 4);
  EXPECT_LT(image->resources.static_shared_bytes, 256 * 4 + 2048);
}

INSTANTIATE_TEST_SUITE_P(Architectures, EveryArchitectureTest,
                         testing::Values("sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a",
                                         "sm_120a"));

TEST_F(KernelCompilerTest, SpillsAreReadBack) {
  const absl::StatusOr<KernelImage> image = CompileKernel(*nvrtc_, Source("Spill<128>"));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->resources.registers, 64);
  EXPECT_GE(image->resources.spill_store_bytes, 4 * (128 - 64));
  EXPECT_GE(image->resources.spill_load_bytes, 4 * (128 - 64));
  EXPECT_GE(image->resources.stack_bytes, 4 * (128 - 64));
}

TEST_F(KernelCompilerTest, VariantsOfOneSourceHaveNamesOfTheirOwn) {
  const absl::StatusOr<KernelImage> one =
      CompileKernel(*nvrtc_, Source("Reverse<Configuration{.threads = 64}>"));
  const absl::StatusOr<KernelImage> other =
      CompileKernel(*nvrtc_, Source("Reverse<Configuration{.threads = 128}>"));
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_NE(one->lowered_name, other->lowered_name);
}

TEST_F(KernelCompilerTest, ToolkitsCcclIsFound) {
  KernelSource source = Source("Copy");
  source.text =
      "#include <cuda/std/cstdint>\n#include <cuda/ptx>\n"
      "extern \"C\" __global__ void Copy(cuda::std::int64_t* value) { *value = 1; }\n";
  const absl::StatusOr<KernelImage> image = CompileKernel(*nvrtc_, source);
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->lowered_name, "Copy");
}

TEST_F(KernelCompilerTest, ErrorsBeginWithFileAndLineOfTheSource) {
  KernelSource source = Source("Broken");
  source.text = "\n\n__global__ void Broken(float* x) {\n  *x = missing;\n  *x = gone;\n}\n";
  const absl::Status status = CompileKernel(*nvrtc_, source).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StartsWith(status.message(), "reverse.cu(4): error: ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "missing")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "(and 1 more error)")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "gone")) << status;
}

TEST_F(KernelCompilerTest, ErrorsInHeadersNameTheHeader) {
  KernelSource source = Source("Reverse<Configuration{}>");
  source.headers = std::make_shared<HeaderSet>(
      HeaderSet{{"configuration.cuh", "\nstruct Configuration { in t; };\n"}});
  const absl::Status status = CompileKernel(*nvrtc_, source).status();
  EXPECT_TRUE(absl::StartsWith(status.message(), "configuration.cuh(2): error: ")) << status;
}

TEST_F(KernelCompilerTest, UnknownKernelIsNamed) {
  const absl::Status status = CompileKernel(*nvrtc_, Source("Revers<Configuration{}>")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "Revers<Configuration{}>")) << status;
}

TEST_F(KernelCompilerTest, ArchitectureThatTheCompilerLacksIsRefusedWithThoseItHas) {
  const absl::Status status =
      CompileKernel(*nvrtc_, Source("Reverse<Configuration{}>", "sm_300")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "sm_300")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "sm_90")) << status;
  EXPECT_EQ(CompileKernel(*nvrtc_, Source("Reverse<Configuration{}>", "avx3")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(KernelCompilerTest, UnknownOptionIsShown) {
  KernelSource source = Source("Reverse<Configuration{}>");
  source.options = {"--no-such-option"};
  const absl::Status status = CompileKernel(*nvrtc_, source).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "--no-such-option")) << status;
}

TEST_F(KernelCompilerTest, SeveralThreadsCompileAtOnce) {
  absl::StatusOr<KernelImage> images[4];
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i, &images] {
      images[i] = CompileKernel(
          *nvrtc_, Source(absl::StrCat("Reverse<Configuration{.threads = ", 32 * (i + 1), "}>")));
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(images[i].ok()) << images[i].status();
    EXPECT_EQ(images[i]->resources.static_shared_bytes, 4 * 32 * (i + 1));
  }
}

}  // namespace
}  // namespace attune
