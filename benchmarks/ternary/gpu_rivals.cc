#include "benchmarks/ternary/gpu_rivals.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "device/cuda/driver.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

// Copies of the weights take at least so many times the L2.
constexpr int64_t kCachesOfWeights = 4;
// A sample takes at least so long, were weights read at the datasheet's bandwidth.
constexpr double kSampleSeconds = 4e-4;
constexpr double kBytesPerSecond = 4.8e12;
constexpr double kOperationsPerSecond = 1e15;
constexpr int64_t kCheckedOutputs = 4000;
// Random data in dense weights repeats after so many elements.
constexpr int64_t kRandomElements = int64_t{1} << 22;

absl::StatusOr<Buffer> Upload(CudaDevice& device, const void* data, int64_t bytes) {
  ATTUNE_ASSIGN_OR_RETURN(Buffer buffer, device.Allocate(bytes));
  if (bytes > 0) ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(buffer.data(), data, bytes));
  return buffer;
}

std::vector<uint8_t> RandomElements(DenseType type, uint64_t seed) {
  std::vector<uint8_t> data(kRandomElements * DenseBytes(type));
  if (type == DenseType::kInt8) {
    for (int64_t i = 0; i < kRandomElements; ++i) {
      data[i] = static_cast<uint8_t>(RandomBits(seed, i));
    }
  } else {
    const Dtype dtype = type == DenseType::kFloat16 ? Dtype::kFloat16 : Dtype::kBfloat16;
    FillNormal(seed, dtype, data.data(), kRandomElements);
  }
  return data;
}

absl::StatusOr<Buffer> RandomDense(DenseType type, int64_t elements, uint64_t seed,
                                   CudaDevice& device) {
  const std::vector<uint8_t> data = RandomElements(type, seed);
  const int64_t bytes = elements * DenseBytes(type);
  ATTUNE_ASSIGN_OR_RETURN(Buffer buffer, device.Allocate(bytes));
  const auto step = static_cast<int64_t>(data.size());
  for (int64_t at = 0; at < bytes; at += step) {
    ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(static_cast<char*>(buffer.data()) + at, data.data(),
                                               std::min(step, bytes - at)));
  }
  return buffer;
}

double FloorSeconds(const TernaryMatmulProblem& problem, int64_t weight_bytes) {
  return std::max(static_cast<double>(weight_bytes) / kBytesPerSecond,
                  Flops(problem) / kOperationsPerSecond);
}

}  // namespace

absl::Status RotatedProducts::Start(CudaDevice& device) {
  ATTUNE_ASSIGN_OR_RETURN(stream_, CudaStream::Create(device.context()));
  ATTUNE_ASSIGN_OR_RETURN(timer_, device.CreateTimer());
  return absl::OkStatus();
}

// The same numbers at other addresses.
absl::Status RotatedProducts::CopyWeights(const Buffer& first, CudaDevice& device) {
  weight_bytes_ = first.bytes();
  const int64_t enough = kCachesOfWeights * device.info().Attribute("l2_bytes");
  const int64_t copies = std::max<int64_t>(2, (enough + weight_bytes_ - 1) / weight_bytes_);
  std::vector<uint8_t> host(weight_bytes_);
  ATTUNE_RETURN_IF_ERROR(device.CopyToHost(host.data(), first.data(), weight_bytes_));
  for (int64_t i = 0; i < copies; ++i) {
    ATTUNE_ASSIGN_OR_RETURN(Buffer copy, Upload(device, host.data(), weight_bytes_));
    weights_.push_back(std::move(copy));
  }
  return absl::OkStatus();
}

absl::Status RotatedProducts::Capture(
    absl::FunctionRef<absl::Status(const void* weights, Stream& on)> enqueue,
    double floor_seconds) {
  const auto copies = static_cast<int64_t>(weights_.size());
  const double rounds = std::ceil(kSampleSeconds / (floor_seconds * static_cast<double>(copies)));
  launches_ = copies * std::max<int64_t>(1, static_cast<int64_t>(rounds));
  ATTUNE_ASSIGN_OR_RETURN(graph_, Graph::Capture(*stream_, [&](Stream& on) -> absl::Status {
                            for (int64_t i = 0; i < launches_; ++i) {
                              ATTUNE_RETURN_IF_ERROR(enqueue(weights_[i % copies].data(), on));
                            }
                            return absl::OkStatus();
                          }));
  // The first replay uploads the graph.
  return Sample().status();
}

absl::StatusOr<absl::Duration> RotatedProducts::Sample() {
  ATTUNE_RETURN_IF_ERROR(timer_->Start(*stream_));
  ATTUNE_RETURN_IF_ERROR(graph_->Replay(*stream_));
  ATTUNE_RETURN_IF_ERROR(timer_->Stop(*stream_));
  ATTUNE_ASSIGN_OR_RETURN(const absl::Duration elapsed, timer_->Elapsed());
  return elapsed / launches_;
}

absl::StatusOr<std::unique_ptr<RotatedProducts>> RotatedProducts::OfAttune(
    const MatmulInputs& inputs, bool shared, const TuningCache* cache,
    const std::optional<Configuration>& configuration, CudaDevice& device) {
  const TernaryMatmulProblem& problem = inputs.problem;
  auto products = std::unique_ptr<RotatedProducts>(new RotatedProducts);
  ATTUNE_RETURN_IF_ERROR(products->Start(device));
  TernaryMatmulOptions options;
  options.device = &device;
  options.cache = cache;
  options.configuration = configuration;
  ATTUNE_ASSIGN_OR_RETURN(products->plan_, TernaryMatmul::Plan(problem, options));
  products->label_ = products->plan_->configuration().ToString();
  ATTUNE_ASSIGN_OR_RETURN(const Buffer weights, products->plan_->PackWeights(inputs.weights));
  ATTUNE_ASSIGN_OR_RETURN(
      Buffer activations,
      Upload(device, inputs.activations.data(), static_cast<int64_t>(inputs.activations.size())));
  ATTUNE_ASSIGN_OR_RETURN(Buffer scales,
                          Upload(device, inputs.activation_scales.data(),
                                 static_cast<int64_t>(inputs.activation_scales.size() * 4)));
  const int64_t out_bytes = problem.batch * problem.weights.rows * DtypeBytes(problem.output);
  ATTUNE_ASSIGN_OR_RETURN(Buffer out, device.Allocate(out_bytes));
  TernaryMatmulTensors tensors;
  tensors.activations = activations.data();
  tensors.activation_scales = static_cast<const float*>(scales.data());
  tensors.out = out.data();

  tensors.weights = weights.data();
  ATTUNE_RETURN_IF_ERROR(device.Fill(out.data(), 0xff, out_bytes));
  ATTUNE_RETURN_IF_ERROR(products->plan_->Run(tensors, *products->stream_));
  ATTUNE_RETURN_IF_ERROR(products->stream_->Synchronize());
  std::vector<uint8_t> computed(out_bytes);
  ATTUNE_RETURN_IF_ERROR(device.CopyToHost(computed.data(), out.data(), out_bytes));
  ATTUNE_RETURN_IF_ERROR(
      CheckMatmul(problem, ExpectMatmul(inputs, kCheckedOutputs, 1), computed.data()));

  ATTUNE_RETURN_IF_ERROR(products->CopyWeights(weights, device));
  tensors.shares_activations = shared;
  // Two outputs in turn: no product may write what the one before it does.
  ATTUNE_ASSIGN_OR_RETURN(Buffer other_out, device.Allocate(out_bytes));
  ATTUNE_RETURN_IF_ERROR(products->Capture(
      [&](const void* copy, Stream& on) {
        tensors.out = tensors.out == out.data() ? other_out.data() : out.data();
        tensors.weights = copy;
        return products->plan_->Run(tensors, on);
      },
      FloorSeconds(problem, products->weight_bytes_)));
  products->tensors_.push_back(std::move(activations));
  products->tensors_.push_back(std::move(scales));
  products->tensors_.push_back(std::move(out));
  products->tensors_.push_back(std::move(other_out));
  return products;
}

absl::StatusOr<std::unique_ptr<RotatedProducts>> RotatedProducts::OfCublas(
    const TernaryMatmulProblem& problem, DenseType type, CudaDevice& device) {
  const int64_t rows = problem.weights.rows;
  const int64_t columns = problem.weights.columns;
  auto products = std::unique_ptr<RotatedProducts>(new RotatedProducts);
  ATTUNE_RETURN_IF_ERROR(products->Start(device));
  ATTUNE_ASSIGN_OR_RETURN(products->cublas_, GpuCublas::Open(device, *products->stream_));
  products->label_ = "cuBLAS " + products->cublas_->version();
  ATTUNE_ASSIGN_OR_RETURN(const Buffer weights, RandomDense(type, rows * columns, 1, device));
  ATTUNE_ASSIGN_OR_RETURN(Buffer activations,
                          RandomDense(type, problem.batch * columns, 2, device));
  ATTUNE_ASSIGN_OR_RETURN(Buffer out,
                          device.Allocate(problem.batch * rows * DenseOutputBytes(type)));
  const auto multiply = [&](const void* copy, Stream&) {
    return products->cublas_->Multiply(type, problem.batch, rows, columns, activations.data(), copy,
                                       out.data());
  };
  // The first call loads its kernel, which a capture would not allow.
  ATTUNE_RETURN_IF_ERROR(multiply(weights.data(), *products->stream_));
  ATTUNE_RETURN_IF_ERROR(products->stream_->Synchronize());
  ATTUNE_RETURN_IF_ERROR(products->CopyWeights(weights, device));
  ATTUNE_RETURN_IF_ERROR(
      products->Capture(multiply, FloorSeconds(problem, products->weight_bytes_)));
  products->tensors_.push_back(std::move(activations));
  products->tensors_.push_back(std::move(out));
  return products;
}

}  // namespace attune
