/* The library as a C program sees it, through its shared object. Exits with 1 and says where if
 * anything is not as it should be. */
#include "c_api/attune.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void Expect(int holds, const char* what, int line) {
  if (holds) return;
  ++failures;
  printf("line %d: %s; last error: %s\n", line, what, attune_error());
}
#define EXPECT(condition) Expect(condition, #condition, __LINE__)

enum { kLength = 3, kDim = 8 };

static attune_problem CausalProblem(void) {
  attune_problem problem;
  attune_problem_init(&problem);
  problem.q_len = problem.kv_len = kLength;
  problem.qk_dim = problem.v_dim = kDim;
  problem.mask_right = 0;
  return problem;
}

/* Equal keys: each row is the mean of the values that it sees. */
static void RunsOnTheCpu(void) {
  const attune_problem problem = CausalProblem();
  attune_plan* plan = NULL;
  EXPECT(attune_plan_create(&problem, NULL, &plan) == ATTUNE_OK);
  if (plan == NULL) return;
  float query[kLength][kDim], key[kLength][kDim], value[kLength][kDim], out[kLength][kDim];
  float log_sum_exp[kLength];
  for (int i = 0; i < kLength; ++i) {
    for (int d = 0; d < kDim; ++d) {
      query[i][d] = 1;
      key[i][d] = 0;
      value[i][d] = (float)i;
    }
  }
  attune_tensors tensors = {0};
  tensors.query = query;
  tensors.key = key;
  tensors.value = value;
  tensors.out = out;
  tensors.log_sum_exp = log_sum_exp;
  EXPECT(attune_plan_run(plan, &tensors, NULL) == ATTUNE_OK);
  EXPECT(fabsf(out[0][0]) < 1e-6f);
  EXPECT(fabsf(out[1][kDim - 1] - 0.5f) < 1e-6f);
  EXPECT(fabsf(out[2][0] - 1) < 1e-6f);
  EXPECT(fabsf(log_sum_exp[2] - logf(3)) < 1e-6f);

  EXPECT(strcmp(attune_plan_family(plan), "cpu_forward") == 0);
  EXPECT(strstr(attune_plan_configuration(plan), "query_tile=") != NULL);
  EXPECT(strstr(attune_plan_explain(plan), "family: cpu_forward") != NULL);
  EXPECT(attune_plan_workspace_bytes(plan) > 0);

  tensors.value = NULL;
  EXPECT(attune_plan_run(plan, &tensors, NULL) == ATTUNE_INVALID_ARGUMENT);
  EXPECT(strstr(attune_error(), "value") != NULL);
  EXPECT(attune_plan_run(plan, NULL, NULL) == ATTUNE_INVALID_ARGUMENT);
  attune_plan_destroy(plan);
}

static void OptionsAreFollowed(void) {
  const attune_problem problem = CausalProblem();
  attune_plan_options options = {0};
  options.family = "cpu_forward";
  options.configuration = "query_tile=56,key_tile=192,micro_vectors=2,bf16_products=0";
  attune_plan* plan = NULL;
  EXPECT(attune_plan_create(&problem, &options, &plan) == ATTUNE_OK);
  if (plan != NULL) EXPECT(strcmp(attune_plan_configuration(plan), options.configuration) == 0);
  attune_plan_destroy(plan);
}

static void ErrorsSayWhatIsWrong(void) {
  attune_problem problem = CausalProblem();
  attune_plan* plan = (attune_plan*)&problem;
  problem.qk_dim = 7;
  EXPECT(attune_plan_create(&problem, NULL, &plan) == ATTUNE_INVALID_ARGUMENT);
  EXPECT(plan == NULL);
  EXPECT(strstr(attune_error(), "qk_dim") != NULL);
  problem = CausalProblem();
  problem.dtype = 9;
  EXPECT(attune_plan_create(&problem, NULL, &plan) == ATTUNE_INVALID_ARGUMENT);
  EXPECT(strstr(attune_error(), "dtype is 9") != NULL);
  problem = CausalProblem();
  attune_plan_options options = {0};
  options.device = "abacus";
  EXPECT(attune_plan_create(&problem, &options, &plan) == ATTUNE_NOT_FOUND);
  EXPECT(strstr(attune_error(), "abacus") != NULL);
  EXPECT(attune_plan_create(NULL, NULL, &plan) == ATTUNE_INVALID_ARGUMENT);
  attune_plan_destroy(NULL);
}

int main(void) {
  EXPECT(attune_abi_version() == ATTUNE_ABI_VERSION);
  EXPECT(strlen(attune_build()) > 0);
  RunsOnTheCpu();
  OptionsAreFollowed();
  ErrorsSayWhatIsWrong();
  return failures == 0 ? 0 : 1;
}
