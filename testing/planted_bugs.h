// Attention computed wrongly on purpose: what a verification must catch to be believed.
#ifndef ATTUNE_TESTING_PLANTED_BUGS_H_
#define ATTUNE_TESTING_PLANTED_BUGS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "attention/problem.h"
#include "attention/tensors.h"

namespace attune {

enum class PlantedBug {
  kNone,
  kMaskOffByOne,      // each row sees one key too many on the right and one too few on the left
  kMissingRescale,    // forward: the first key block keeps the maximum it began with; backward: no
                      // row mean
  kSwappedHeads,      // a query head reads its neighbour group's key-value head
  kUnwrittenTile,     // the last rows of the last head are not written
  kWrongScale,        // the softmax scale is 1 percent too large
  kDroppedLastKey,    // each row leaves out the last key that it sees
  kBaseTwoLogSumExp,  // forward: log_sum_exp in base 2
  kOverwrittenGroup,  // backward: of a group of query heads only the last reaches its key and value
  kWriteBehindTheTensor,  // one element too many
  kWriteIntoGap,          // the element behind the first row, a gap where the strides leave one
  kReadBehindTheKeys,     // the tail of the key block is multiplied by zero, not left out
  kChangedInput,          // the query is scaled where it lies
  kNeighboursKey,         // packed: each row sees the first key of the sequence behind its own
};

absl::string_view PlantedBugName(PlantedBug bug);
std::vector<PlantedBug> ForwardBugs();
std::vector<PlantedBug> BackwardBugs();
// What only packed problems can show, in both directions.
std::vector<PlantedBug> PackedBugs();

// Host memory; the problem's dtype and strides. With kNone the results are right: online softmax
// over two key blocks in fp64, rounded once when stored.
void RunPlantedForward(const Problem& problem, const ForwardTensors& tensors, PlantedBug bug);
void RunPlantedBackward(const Problem& problem, const BackwardTensors& tensors, PlantedBug bug);

}  // namespace attune

#endif  // ATTUNE_TESTING_PLANTED_BUGS_H_
