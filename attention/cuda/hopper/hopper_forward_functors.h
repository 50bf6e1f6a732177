// The functors of a problem as hopper_forward takes them.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_FUNCTORS_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_FUNCTORS_H_

#include <string>

#include "attention/problem.h"

namespace attune::hopper {

// What is done to each score. The first three have code of their own (score_transform.cuh), which
// holds for softmax scales above zero; everything else is asked about score by score.
enum class ScoreCode { kPlain, kSoftCap, kAlibi, kGeneral };
ScoreCode ScoreCodeOf(const Problem& problem);

// A soft cap alone, of bf16, that needs no row maxima (modest_soft_cap.cuh): the largest powers of
// two of fp16 are far below its own.
bool HasModestCap(const Problem& problem);

// Whether the kernel can expand tanh for the soft cap of `problem`, or has none to expand: times
// the square of a masked score, which is infinite, a fifth coefficient of zero is NaN, and so is an
// infinite one times a score of zero.
bool HasTanhSeries(const Problem& problem);

// The kernel's template arguments.
std::string ModifierType(const Problem& problem);
std::string PredicateType(const Problem& problem);

// Registers per thread of a consumer beyond those of a problem without functors, found by
// compiling.
int FunctorRegisters(const Problem& problem);

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_HOPPER_FORWARD_FUNCTORS_H_
