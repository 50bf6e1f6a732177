#include "benchmarks/ternary/gpu_rivals.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

// Copies of the weights take at least so many times the L2.
constexpr int64_t kCachesOfWeights = 4;
// A sample takes at least so long, were weights read and products computed at the datasheet's
// rates.
constexpr double kSampleSeconds = 4e-4;
constexpr double kBytesPerSecond = 4.8e12;
constexpr double kOperationsPerSecond = 1e15;
constexpr int64_t kCheckedOutputs = 4000;
constexpr uint8_t kPoison = 0xff;
// Random data of dense tensors repeats after so many elements.
constexpr int64_t kRandomElements = int64_t{1} << 22;

absl::StatusOr<Buffer> Upload(CudaDevice& device, const void* data, int64_t bytes) {
  ATTUNE_ASSIGN_OR_RETURN(Buffer buffer, device.Allocate(bytes));
  if (bytes > 0) ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(buffer.data(), data, bytes));
  return buffer;
}

std::vector<uint8_t> RandomElements(DenseType type, int64_t elements, uint64_t seed) {
  std::vector<uint8_t> data(elements * DenseBytes(type));
  const int64_t drawn = std::min(elements, kRandomElements);
  if (type == DenseType::kInt8) {
    for (int64_t i = 0; i < drawn; ++i) data[i] = static_cast<uint8_t>(RandomBits(seed, i));
  } else {
    const Dtype dtype = type == DenseType::kFloat16 ? Dtype::kFloat16 : Dtype::kBfloat16;
    FillNormal(seed, dtype, data.data(), drawn);
  }
  const auto step = drawn * DenseBytes(type);
  for (auto at = step; at < static_cast<int64_t>(data.size()); at += step) {
    const auto end = std::min(step, static_cast<int64_t>(data.size()) - at);
    std::copy_n(data.begin(), end, data.begin() + at);
  }
  return data;
}

double FloorSeconds(const TernaryMatmulProblem& problem, int64_t weight_bytes) {
  return std::max(static_cast<double>(weight_bytes) / kBytesPerSecond,
                  Flops(problem) / kOperationsPerSecond);
}

// Of one sample: each copy of the weights as often as the others.
int64_t Launches(const RotatedWeights& weights, double floor_seconds) {
  const auto copies = static_cast<int64_t>(weights.copies.size());
  const double rounds = std::ceil(kSampleSeconds / (floor_seconds * static_cast<double>(copies)));
  return copies * std::max<int64_t>(1, static_cast<int64_t>(rounds));
}

TernaryMatmulTensors TensorsOf(const TernaryCase& ternary) {
  TernaryMatmulTensors tensors;
  tensors.activations = ternary.activations.data();
  tensors.activation_scales = static_cast<const float*>(ternary.scales.data());
  tensors.weights = ternary.weights->copies[0].data();
  tensors.out = ternary.out.data();
  return tensors;
}

}  // namespace

absl::StatusOr<RotatedWeights> RotateWeights(const void* host, int64_t bytes, CudaDevice& device) {
  RotatedWeights weights;
  weights.bytes = bytes;
  const int64_t enough = kCachesOfWeights * device.info().Attribute("l2_bytes");
  const int64_t copies = std::max<int64_t>(2, (enough + bytes - 1) / bytes);
  for (int64_t i = 0; i < copies; ++i) {
    ATTUNE_ASSIGN_OR_RETURN(Buffer copy, Upload(device, host, bytes));
    weights.copies.push_back(std::move(copy));
  }
  return weights;
}

absl::StatusOr<std::unique_ptr<TernaryCase>> MakeTernaryCase(
    MatmulInputs inputs, std::shared_ptr<const RotatedWeights> weights, CudaDevice& device) {
  const TernaryMatmulProblem& problem = inputs.problem;
  auto ternary = std::make_unique<TernaryCase>();
  ternary->expectation = ExpectMatmul(inputs, kCheckedOutputs, 1);
  ternary->weights = std::move(weights);
  ATTUNE_ASSIGN_OR_RETURN(
      ternary->activations,
      Upload(device, inputs.activations.data(), static_cast<int64_t>(inputs.activations.size())));
  ATTUNE_ASSIGN_OR_RETURN(
      ternary->scales,
      Upload(device, inputs.activation_scales.data(),
             static_cast<int64_t>(inputs.activation_scales.size() * sizeof(float))));
  ATTUNE_ASSIGN_OR_RETURN(ternary->out, device.Allocate(problem.batch * problem.weights.rows *
                                                        DtypeBytes(problem.output)));
  ternary->inputs = std::move(inputs);
  return ternary;
}

absl::Status RotatedProducts::Start(CudaDevice& device) {
  ATTUNE_ASSIGN_OR_RETURN(timer_, device.CreateTimer());
  return absl::OkStatus();
}

absl::Status RotatedProducts::Verify(const TernaryCase& ternary, CudaDevice& device) const {
  const Buffer& out = ternary.out;
  ATTUNE_RETURN_IF_ERROR(device.Fill(out.data(), kPoison, out.bytes()));
  ATTUNE_RETURN_IF_ERROR(plan_->Run(TensorsOf(ternary), *stream_));
  ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
  std::vector<uint8_t> computed(out.bytes());
  ATTUNE_RETURN_IF_ERROR(device.CopyToHost(computed.data(), out.data(), out.bytes()));
  return CheckMatmul(ternary.inputs.problem, ternary.expectation, computed.data());
}

absl::Status RotatedProducts::Capture(
    const RotatedWeights& weights, double floor_seconds,
    absl::FunctionRef<absl::Status(const void* weights, Stream& on)> enqueue) {
  weight_bytes_ = weights.bytes;
  const auto copies = static_cast<int64_t>(weights.copies.size());
  launches_ = Launches(weights, floor_seconds);
  ATTUNE_ASSIGN_OR_RETURN(
      graph_, Graph::Capture(*stream_, [&](Stream& on) -> absl::Status {
        for (int64_t i = 0; i < launches_; ++i) {
          ATTUNE_RETURN_IF_ERROR(enqueue(weights.copies[i % copies].data(), on));
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
    const TernaryCase& ternary, bool shared, const TuningCache* cache,
    const std::optional<Configuration>& configuration, CudaStream& stream, CudaDevice& device) {
  auto products = std::unique_ptr<RotatedProducts>(new RotatedProducts(stream));
  ATTUNE_RETURN_IF_ERROR(products->Start(device));
  TernaryMatmulOptions options;
  options.device = &device;
  options.cache = cache;
  options.configuration = configuration;
  ATTUNE_ASSIGN_OR_RETURN(products->plan_, TernaryMatmul::Plan(ternary.inputs.problem, options));
  products->label_ = products->plan_->configuration().ToString();
  ATTUNE_RETURN_IF_ERROR(products->Verify(ternary, device));
  const double floor = FloorSeconds(ternary.inputs.problem, ternary.weights->bytes);
  // Products that share activations promise an output each; the others wait anyway.
  const int64_t outs = shared ? Launches(*ternary.weights, floor) : 1;
  ATTUNE_ASSIGN_OR_RETURN(products->outs_, device.Allocate(outs * ternary.out.bytes()));
  TernaryMatmulTensors tensors = TensorsOf(ternary);
  int64_t turn = 0;
  ATTUNE_RETURN_IF_ERROR(
      products->Capture(*ternary.weights, floor, [&](const void* weights, Stream& on) {
        tensors.weights = weights;
        tensors.out =
            static_cast<uint8_t*>(products->outs_.data()) + turn % outs * ternary.out.bytes();
        // The first waits for the graph's last replay.
        tensors.shares_activations = shared && turn > 0;
        ++turn;
        return products->plan_->Run(tensors, on);
      }));
  return products;
}

absl::StatusOr<std::unique_ptr<RotatedProducts>> RotatedProducts::OfCublas(
    const TernaryMatmulProblem& problem, DenseType type, CudaStream& stream, CudaDevice& device) {
  const int64_t rows = problem.weights.rows;
  const int64_t columns = problem.weights.columns;
  auto products = std::unique_ptr<RotatedProducts>(new RotatedProducts(stream));
  ATTUNE_RETURN_IF_ERROR(products->Start(device));
  ATTUNE_ASSIGN_OR_RETURN(products->cublas_, GpuCublas::Open(device, *products->stream_));
  products->label_ = "cuBLAS " + products->cublas_->version();
  const std::vector<uint8_t> x = RandomElements(type, problem.batch * columns, 2);
  ATTUNE_ASSIGN_OR_RETURN(Buffer activations,
                          Upload(device, x.data(), static_cast<int64_t>(x.size())));
  const std::vector<uint8_t> w = RandomElements(type, rows * columns, 1);
  ATTUNE_ASSIGN_OR_RETURN(products->dense_weights_,
                          RotateWeights(w.data(), static_cast<int64_t>(w.size()), device));
  ATTUNE_ASSIGN_OR_RETURN(Buffer out,
                          device.Allocate(problem.batch * rows * DenseOutputBytes(type)));
  const auto multiply = [&](const void* weights, Stream&) {
    return products->cublas_->Multiply(type, problem.batch, rows, columns, activations.data(),
                                       weights, out.data());
  };
  // The first call loads its kernel, which a capture would not allow.
  ATTUNE_RETURN_IF_ERROR(multiply(products->dense_weights_.copies[0].data(), *products->stream_));
  ATTUNE_RETURN_IF_ERROR(products->stream_->Synchronize());
  ATTUNE_RETURN_IF_ERROR(products->Capture(
      products->dense_weights_, FloorSeconds(problem, products->dense_weights_.bytes), multiply));
  products->dense_tensors_.push_back(std::move(activations));
  products->dense_tensors_.push_back(std::move(out));
  return products;
}

}  // namespace attune
