/* Attune for programs that are not C++: attention planned once and run often.
 *
 *   attune_problem problem;
 *   attune_problem_init(&problem);
 *   problem.dtype = ATTUNE_BF16;
 *   problem.batch = 4; problem.q_heads = problem.kv_heads = 16;
 *   problem.q_len = problem.kv_len = 4096;
 *   problem.qk_dim = problem.v_dim = 128;
 *   problem.mask_right = 0;                                      // causal
 *   attune_plan* plan = NULL;
 *   attune_plan_options options = {.device = "cuda:0"};
 *   if (attune_plan_create(&problem, &options, &plan) != ATTUNE_OK) puts(attune_error());
 *   attune_tensors tensors = {.query = q, .key = k, .value = v, .out = o};
 *   attune_plan_run(plan, &tensors, stream);
 *   attune_plan_destroy(plan);
 *
 * Functions may be called from any thread. What attention/problem.h and attention/tensors.h say of
 * shapes and meaning holds here: fields have the same names. */
#ifndef ATTUNE_C_API_ATTUNE_H_
#define ATTUNE_C_API_ATTUNE_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ATTUNE_EXPORT __attribute__((visibility("default")))

/* Changes when a struct or a function of this header does. A program that was compiled with
 * another number than attune_abi_version() gives must not call anything else. */
#define ATTUNE_ABI_VERSION 1
ATTUNE_EXPORT int32_t attune_abi_version(void);

/* The commit that the library was built from, "-dirty" behind it where sources differed. */
ATTUNE_EXPORT const char* attune_build(void);

/* What a call came to; the numbers are absl::StatusCode's. */
typedef enum attune_status {
  ATTUNE_OK = 0,
  ATTUNE_INVALID_ARGUMENT = 3,
  ATTUNE_NOT_FOUND = 5,
  ATTUNE_RESOURCE_EXHAUSTED = 8,
  ATTUNE_FAILED_PRECONDITION = 9,
  ATTUNE_UNIMPLEMENTED = 12,
  ATTUNE_INTERNAL = 13,
  ATTUNE_UNAVAILABLE = 14,
  ATTUNE_DATA_LOSS = 15
} attune_status;

/* What was wrong with the last call that failed in this thread, what was expected, and what to do.
 * Valid until the next call of this library in the thread. */
ATTUNE_EXPORT const char* attune_error(void);

typedef enum attune_dtype { ATTUNE_FP32 = 0, ATTUNE_FP16 = 1, ATTUNE_BF16 = 2 } attune_dtype;

typedef enum attune_direction { ATTUNE_FORWARD = 0, ATTUNE_BACKWARD = 1 } attune_direction;

typedef enum attune_alignment { ATTUNE_BOTTOM_RIGHT = 0, ATTUNE_TOP_LEFT = 1 } attune_alignment;

/* A mask's bound that does not bind. */
#define ATTUNE_UNBOUNDED INT64_MIN

/* In elements; the head dimension is contiguous. All zero: contiguous [batch, length, head, dim].
 */
typedef struct attune_strides {
  int64_t batch;
  int64_t head;
  int64_t length;
} attune_strides;

typedef struct attune_problem {
  int32_t dtype;     /* attune_dtype */
  int32_t direction; /* attune_direction */
  int64_t batch;
  int64_t q_heads;
  int64_t kv_heads;
  int64_t q_len;
  int64_t kv_len;
  int64_t qk_dim;
  int64_t v_dim;
  /* Query i sees key j if i + offset - mask_left <= j <= i + offset + mask_right. */
  int64_t mask_left;
  int64_t mask_right;
  int32_t mask_alignment; /* attune_alignment */
  int32_t alibi;          /* 0 or 1 */
  double softmax_scale;   /* NaN: 1 / sqrt(qk_dim) */
  double soft_cap;        /* 0: none */
  attune_strides query_strides;
  attune_strides key_strides;
  attune_strides value_strides;
  attune_strides out_strides;
} attune_problem;

/* One fp32 head, forward, no mask, default scale, contiguous; sizes are the caller's to fill in. */
ATTUNE_EXPORT void attune_problem_init(attune_problem* problem);

/* All null: the CPU, the family that suits best, what was tuned for it. */
typedef struct attune_plan_options {
  const char* device;        /* "cpu", "cuda:0" */
  const char* family;        /* "portable_forward" */
  const char* configuration; /* "block_m=128,block_n=64,..." */
} attune_plan_options;

/* Addresses in the memory of the plan's device. Forward reads query, key, value and, with alibi,
 * alibi_slopes, and writes out and, unless null, log_sum_exp. Backward reads d_out besides, and out
 * and log_sum_exp, and writes the last three. */
typedef struct attune_tensors {
  const void* query;
  const void* key;
  const void* value;
  const float* alibi_slopes;
  void* out;
  float* log_sum_exp;
  const void* d_out;
  void* d_query;
  void* d_key;
  void* d_value;
} attune_tensors;

typedef struct attune_plan attune_plan;

/* Chooses, compiles or finds, and allocates the workspace; `options` may be null. *plan is null
 * where this fails. Devices that plans were made for stay open until the process ends. */
ATTUNE_EXPORT attune_status attune_plan_create(const attune_problem* problem,
                                               const attune_plan_options* options,
                                               attune_plan** plan);

/* Null is allowed. No run of the plan may be under way. */
ATTUNE_EXPORT void attune_plan_destroy(attune_plan* plan);

/* Enqueues the computation on `stream`, a CUstream (cudaStream_t) of the plan's GPU; null is its
 * default stream. Does not wait. On the CPU `stream` is null, and the work is done on return. Runs
 * of one plan share its workspace: they must follow each other. */
ATTUNE_EXPORT attune_status attune_plan_run(const attune_plan* plan, const attune_tensors* tensors,
                                            void* stream);

/* The plan's as long as it lives: the family and its configuration by name; several lines about
 * how they were chosen. */
ATTUNE_EXPORT const char* attune_plan_family(const attune_plan* plan);
ATTUNE_EXPORT const char* attune_plan_configuration(const attune_plan* plan);
ATTUNE_EXPORT const char* attune_plan_explain(const attune_plan* plan);

/* Device memory that the plan holds besides the tensors. */
ATTUNE_EXPORT int64_t attune_plan_workspace_bytes(const attune_plan* plan);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATTUNE_C_API_ATTUNE_H_ */
