// What one launch of the large-batch kernel is given: a plain struct, passed by value.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_PARAMETERS_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_PARAMETERS_H_

#include "attention/cuda/ptx/tensor_map.h"

namespace attune::ternary_cuda {

struct LargeBatchParameters {
  ptx::TensorMap
      activations;     // [1, 1, batch, columns] in boxes of block_batch / cluster x 128 bytes
  const void* chunks;  // weights, as in packed_layout.h
  const float* packed_scales;      // likewise
  const float* activation_scales;  // [batch]; null: 1
  const float* bias;               // [rows]; null: none
  void* out;                       // [batch, rows]
  int batch;
  int rows;
  int row_chunks;
  int column_chunks;
  int groups;        // scales per row
  int row_blocks;    // ceil(rows / BlockRows), in whole clusters
  int batch_blocks;  // ceil(batch / block_batch)
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_PARAMETERS_H_
