/*
 * A model loader of your own, put to the test by falsify as a shared library:
 *
 *   subjects:
 *     mine: {loader: {plugin: ./libmine.so, options: {depth: "4"}}, model: st}
 *
 * The library exports one function, falsify_loader_entry. It is opened in a worker process only,
 * one process per trial, and never closed. Plain C; no exception may leave a call.
 *
 * Memory: whoever allocates frees. Every buffer that a call fills belongs to the caller; every
 * pointer that a call receives is valid for that call only, unless said otherwise.
 * Errors: a call returns FALSIFY_OK or another falsify_status and then says why in `error`, in one
 * line of UTF-8. Threads: a model is used by one thread at a time, unless the capability
 * FALSIFY_THREAD_SAFE is set; different models may always be used at once.
 *
 * The harness checks from outside what it can: digests against a reader of its own, memory, faults
 * and bytes with the kernel.
 */
#ifndef FALSIFY_LOADER_H
#define FALSIFY_LOADER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised with every change that old libraries would not survive. */
#define FALSIFY_LOADER_ABI 1u

#define FALSIFY_MAX_NAME 257  /* bytes of a tensor's name, the final zero included */
#define FALSIFY_MAX_DTYPE 16  /* bytes of a dtype's name, the final zero included */
#define FALSIFY_MAX_DIMS 8    /* dims of a tensor */
#define FALSIFY_MAX_ERROR 512 /* bytes of a message, the final zero included */

typedef enum falsify_status {
  FALSIFY_OK = 0,
  FALSIFY_REFUSED = 1,     /* the file is not a model that this loader accepts */
  FALSIFY_IO = 2,          /* the file could not be read */
  FALSIFY_MEMORY = 3,      /* no memory */
  FALSIFY_UNAVAILABLE = 4, /* this host cannot do it: the hypothesis is INVALID, not FALSIFIED */
  FALSIFY_OPTION = 5,      /* an option is unknown or out of range */
  FALSIFY_RANGE = 6,       /* no such tensor, or bytes beyond its end */
  FALSIFY_OTHER = 7
} falsify_status;

typedef enum falsify_capability {
  FALSIFY_CAN_VIEW = 1,        /* `view` hands out tensors in place, so that nothing is copied */
  FALSIFY_CAN_FIRST_TOKEN = 2, /* `first_token` runs an engine of your own on the weights */
  FALSIFY_THREAD_SAFE = 4      /* `read`, `view` and `tensor` may be called by several threads */
} falsify_capability;

/* Yours; the harness never looks inside. */
typedef struct falsify_model falsify_model;

typedef struct falsify_error {
  char message[FALSIFY_MAX_ERROR];
} falsify_error;

typedef struct falsify_option {
  const char* name;
  const char* value; /* as written in the study */
} falsify_option;

typedef struct falsify_open_request {
  uint32_t struct_size; /* of the harness's version of this structure */
  uint32_t threads;     /* that loading may use */
  const char* path;     /* a file, or the folder of a sharded model */
  const falsify_option* options;
  uint64_t option_count;
  /* Call it at the start of each step ("open", "header", "copy") to have the step named in the
     report. Never null. `name` is copied. */
  void (*phase)(void* context, const char* name);
  void* phase_context;
} falsify_open_request;

typedef struct falsify_tensor {
  char name[FALSIFY_MAX_NAME];   /* as the file spells it, or Hugging Face's */
  char dtype[FALSIFY_MAX_DTYPE]; /* "BF16", "F16", "F32", "Q8_0", ..: of the bytes you hand out */
  uint32_t dims;                 /* 0 for a scalar */
  uint64_t shape[FALSIFY_MAX_DIMS]; /* outermost first, row-major */
  uint64_t bytes;                   /* that the tensor takes as you hand it out */
} falsify_tensor;

typedef struct falsify_loader {
  uint32_t abi;         /* FALSIFY_LOADER_ABI */
  uint32_t struct_size; /* sizeof(falsify_loader) */
  const char* name;     /* for reports; lives as long as the library */
  const char* version;
  uint64_t capabilities; /* falsify_capability, or'ed */

  /* Loads a model: header validated, every tensor addressable. On success `*model` is not null and
     lives until `close`; otherwise it is left as it was. */
  int32_t (*open)(const falsify_open_request* request, falsify_model** model, falsify_error* error);
  void (*close)(falsify_model* model);

  uint64_t (*tensor_count)(const falsify_model* model);

  /* Describes tensor `index`, below tensor_count; the order is free and does not change.
     FALSIFY_RANGE beyond. */
  int32_t (*tensor)(const falsify_model* model, uint64_t index, falsify_tensor* into,
                    falsify_error* error);

  /* Copies `size` bytes from byte `offset` of tensor `index`. FALSIFY_RANGE beyond its end. */
  int32_t (*read)(const falsify_model* model, uint64_t index, uint64_t offset, void* into,
                  uint64_t size, falsify_error* error);

  /* With FALSIFY_CAN_VIEW, else null: the tensor's bytes where they are, until `close`. */
  int32_t (*view)(const falsify_model* model, uint64_t index, const void** bytes,
                  falsify_error* error);

  /* With FALSIFY_CAN_FIRST_TOKEN, else null: the token that greedy decoding chooses after the
     prompt. Without it, falsify's reference decoder runs on your tensors. */
  int32_t (*first_token)(falsify_model* model, const uint32_t* prompt, uint64_t prompt_count,
                         uint32_t threads, uint32_t* token, falsify_error* error);
} falsify_loader;

/* The one exported function. The structure lives as long as the library; null: not available. */
const falsify_loader* falsify_loader_entry(void);

#ifdef __cplusplus
}
#endif

#endif
