#include "autotune/cli/output/progress.h"

#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

void RunStage(Progress& progress) {
  progress.Start("stage");
  progress.Update(1, 2, "note");
  progress.Finish("done");
}

TEST(ProgressTest, PlainLinesElsewhereThanOnATerminal) {
  std::ostringstream out;
  Progress progress(out, /*is_terminal=*/false);
  RunStage(progress);
  EXPECT_EQ(out.str(), "stage ...\nstage: done\n");
}

TEST(ProgressTest, ABarThatRedrawsItselfOnATerminal) {
  std::ostringstream out;
  Progress progress(out, /*is_terminal=*/true);
  RunStage(progress);
  EXPECT_THAT(out.str(), HasSubstr("stage [############............] 1/2  note"));
  EXPECT_THAT(out.str(), EndsWith("stage: done\n"));
}

TEST(ProgressTest, NothingToDoIsAnEmptyBar) {
  std::ostringstream out;
  Progress progress(out, /*is_terminal=*/true);
  progress.Start("s");
  progress.Update(0, 0, "");
  EXPECT_THAT(out.str(), HasSubstr("[........................] 0/0"));
}

}  // namespace
}  // namespace attune
