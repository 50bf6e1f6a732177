// On the fake driver, which writes what tests ask about at known places of a map.
#include "attention/cuda/hopper/hopper_forward_maps.h"

#include <cstdint>
#include <vector>

#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

int replacements = 0;

Driver MakeDriver() {
  Driver driver = MakeFakeDriver();
  replacements = 0;
  driver.TensorMapReplaceAddress = [](CUtensorMap* map, void* address) {
    ++replacements;
    map->opaque[6] = reinterpret_cast<uintptr_t>(address);
    return CUDA_SUCCESS;
  };
  return driver;
}

class HopperForwardMapsTest : public testing::Test {
 protected:
  absl::StatusOr<HopperForwardMaps> Encode(int64_t kv_len = 300) {
    const Problem problem{.batch = 2,
                          .q_heads = 4,
                          .kv_heads = 2,
                          .q_len = 100,
                          .kv_len = kv_len,
                          .qk_dim = 192,
                          .v_dim = 128};
    auto context = CudaContext::Retain(driver_, 0);
    if (!context.ok()) return context.status();
    return HopperForwardMaps::Encode(problem, {.qk_dim = 192, .v_dim = 128, .block_n = 112},
                                     *context);
  }

  static ForwardTensors TensorsAt(uintptr_t base) {
    const auto at = [&](uintptr_t offset) { return reinterpret_cast<void*>(base + offset); };
    return {.query = at(0), .key = at(16), .value = at(32), .out = at(48)};
  }

  const Driver driver_ = MakeDriver();
  hopper::ForwardArguments arguments_ = {};
};

TEST_F(HopperForwardMapsTest, EachTensorHasItsOwnDimsAndBox) {
  const auto maps = Encode();
  ASSERT_TRUE(maps.ok()) << maps.status();
  ASSERT_TRUE(maps->Fill(TensorsAt(4096), arguments_).ok());
  EXPECT_EQ(arguments_.query.opaque[1], 4u);
  EXPECT_EQ(arguments_.query.opaque[2], 192u);
  EXPECT_EQ(arguments_.query.opaque[3], 4u * 192 * 2);  // bytes from row to row
  EXPECT_EQ(arguments_.key.opaque[2], 192u);
  EXPECT_EQ(arguments_.key.opaque[3], 2u * 192 * 2);
  EXPECT_EQ(arguments_.value.opaque[2], 128u);
  EXPECT_EQ(arguments_.out.opaque[3], 4u * 128 * 2);
}

TEST_F(HopperForwardMapsTest, PackedTensorsHaveAllRowsInOneBatch) {
  static std::vector<std::vector<uint64_t>>& dims = *new std::vector<std::vector<uint64_t>>;
  dims.clear();
  Driver driver = MakeDriver();
  driver.TensorMapEncodeTiled = [](CUtensorMap*, CUtensorMapDataType, cuuint32_t rank, void*,
                                   const cuuint64_t* extents, const cuuint64_t*, const cuuint32_t*,
                                   const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                                   CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
    dims.emplace_back(extents, extents + rank);
    return CUDA_SUCCESS;
  };
  const Problem problem{.batch = 3,
                        .q_heads = 4,
                        .kv_heads = 2,
                        .q_len = 100,
                        .kv_len = 300,
                        .qk_dim = 72,
                        .v_dim = 128,
                        .packed = Packed{.total_q_len = 250, .total_kv_len = 700}};
  auto context = CudaContext::Retain(driver, 0);
  ASSERT_TRUE(context.ok()) << context.status();
  ASSERT_TRUE(HopperForwardMaps::Encode(problem, {.qk_dim = 72}, *context).ok());
  const std::vector<std::vector<uint64_t>> expected = {
      {72, 250, 4, 1}, {72, 700, 2, 1}, {128, 700, 2, 1}, {128, 250, 4, 1}};
  EXPECT_EQ(dims, expected);
}

struct EncodedMap {
  std::vector<uint64_t> extents, strides;
  std::vector<uint32_t> box;
  friend bool operator==(const EncodedMap&, const EncodedMap&) = default;
};

TEST_F(HopperForwardMapsTest, TilesOfSeveralHeadsAreBoxesOfThem) {
  static std::vector<EncodedMap>& maps = *new std::vector<EncodedMap>;
  maps.clear();
  Driver driver = MakeDriver();
  driver.TensorMapEncodeTiled =
      [](CUtensorMap*, CUtensorMapDataType, cuuint32_t rank, void*, const cuuint64_t* extents,
         const cuuint64_t* strides, const cuuint32_t* box, const cuuint32_t*, CUtensorMapInterleave,
         CUtensorMapSwizzle, CUtensorMapL2promotion, CUtensorMapFloatOOBfill) {
        maps.push_back({.extents = {extents, extents + rank},
                        .strides = {strides, strides + rank - 1},
                        .box = {box, box + rank}});
        return CUDA_SUCCESS;
      };
  const Problem problem{.batch = 3,
                        .q_heads = 24,
                        .kv_heads = 3,
                        .q_len = 100,
                        .kv_len = 300,
                        .qk_dim = 128,
                        .v_dim = 64};
  auto context = CudaContext::Retain(driver, 0);
  ASSERT_TRUE(context.ok()) << context.status();
  const hopper::HopperForwardConfiguration variant = {.v_dim = 64, .block_n = 80, .tile_heads = 8};
  ASSERT_TRUE(HopperForwardMaps::Encode(problem, variant, *context).ok());
  ASSERT_EQ(maps.size(), 4u);
  // Columns, the tile's heads, positions, groups of heads, batch.
  EXPECT_EQ(maps[0], (EncodedMap{.extents = {128, 8, 100, 3, 3},
                                 .strides = {256, 24 * 256, 8 * 256, 100 * 24 * 256},
                                 .box = {64, 8, 8, 1, 1}}));
  EXPECT_EQ(maps[1], (EncodedMap{.extents = {128, 300, 3, 3},
                                 .strides = {3 * 256, 256, 300 * 3 * 256},
                                 .box = {64, 80, 1, 1}}));
  EXPECT_EQ(maps[3], (EncodedMap{.extents = {64, 8, 100, 3, 3},
                                 .strides = {128, 24 * 128, 8 * 128, 100 * 24 * 128},
                                 .box = {64, 8, 8, 1, 1}}));
}

TEST_F(HopperForwardMapsTest, MapsHaveTheAddressesOfTheirCall) {
  const auto maps = Encode();
  ASSERT_TRUE(maps.ok()) << maps.status();
  // More sets than are kept, each twice.
  for (uintptr_t i = 0; i < 400; ++i) {
    const uintptr_t base = 4096 + i % 200 * 64;
    ASSERT_TRUE(maps->Fill(TensorsAt(base), arguments_).ok());
    EXPECT_EQ(arguments_.query.opaque[6], base);
    EXPECT_EQ(arguments_.key.opaque[6], base + 16);
    EXPECT_EQ(arguments_.value.opaque[6], base + 32);
    EXPECT_EQ(arguments_.out.opaque[6], base + 48);
  }
}

TEST_F(HopperForwardMapsTest, RecentAddressesCostTheDriverNothing) {
  const auto maps = Encode();
  ASSERT_TRUE(maps.ok()) << maps.status();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(maps->Fill(TensorsAt(4096), arguments_).ok());
  EXPECT_EQ(replacements, 4);
}

TEST_F(HopperForwardMapsTest, TensorsWithoutElementsMayBeNowhere) {
  const auto maps = Encode(0);
  ASSERT_TRUE(maps.ok()) << maps.status();
  ForwardTensors tensors = TensorsAt(4096);
  tensors.key = tensors.value = nullptr;
  ASSERT_TRUE(maps->Fill(tensors, arguments_).ok());
  EXPECT_EQ(replacements, 2);
}

}  // namespace
}  // namespace attune
