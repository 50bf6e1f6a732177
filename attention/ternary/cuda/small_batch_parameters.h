// What one launch of the small-batch kernel is given: a plain struct, passed by value.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_PARAMETERS_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_PARAMETERS_H_

namespace attune::ternary_cuda {

struct SmallBatchParameters {
  const void* chunks;              // weights, as in packed_layout.h
  const float* packed_scales;      // likewise
  const void* activations;         // [batch, columns]
  const float* activation_scales;  // [batch]; null: 1
  const float* bias;               // [rows]; null: none
  void* out;                       // [batch, rows]
  float* partials;                 // [tiles, split, PartialFloats], where columns are split
  unsigned* counters;              // [tiles] zeros, and left so; tiles: [batch blocks, row blocks]
  int batch;
  int rows;
  int columns;
  int row_chunks;
  int column_chunks;
  int groups;  // scales per row
  // 1: the launch before this one reads the same activations, so they need not be waited for.
  int shares_activations;
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_PARAMETERS_H_
