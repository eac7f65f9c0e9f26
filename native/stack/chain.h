/* The chain of execute_data frames, from the innermost call to the outermost. */
#ifndef SB_CHAIN_H
#define SB_CHAIN_H

#include "snapshot.h"

/* The VM stack as the executor globals describe it: its newest page and the current frame. */
struct sb_vm {
    uint64_t top, end, page, current;
};

struct sb_link {
    uint64_t addr, function, opline, call;
    uint32_t num_args;
};

struct sb_chain {
    struct sb_link links[SB_DEPTH_LIMIT]; /* leaf first; frames without a function are left out */
    uint32_t count;
    int is_cut; /* deeper than SB_DEPTH_LIMIT, or larger than can be read: the root side is missing
                 */
};

/* The part of executor_globals that a plan reads starts at eg_vm_stack_top. */
struct sb_vm sb_vm_parse(const uint8_t *globals, const struct sb_layout *layout);

/* Whether an address is in the newest page; in none where the globals make no sense. */
int sb_vm_has(const struct sb_vm *vm, uint64_t addr);

/* Follows the chain from `from`. Reads what lies outside of the snapshot's windows late. SB_TORN
 * for a chain that cannot be one: misaligned, circular, endless or leading into the void. */
enum sb_status sb_chain_read(struct sb_snapshot *snapshot, const struct sb_layout *layout,
                             const struct sb_vm *vm, uint64_t from, struct sb_chain *chain);

/* Bytes between the end of frame `i` and its callee on the VM stack; negative when they overlap; 0
 * where they can't be compared. `function` is that of frame `i`. */
int64_t sb_chain_gap(const struct sb_chain *chain, uint32_t i, const struct sb_function *function,
                     const struct sb_vm *vm);

/* Whether a gap needs a reason and has none: a callee starts where its caller ends, unless
 * arguments of a further call are pending or the caller's frame is known to be larger. */
int sb_chain_has_odd_gap(const struct sb_link *link, const struct sb_function *function,
                         int64_t gap);

/* True when `addr` can be the outermost frame: the first slot of a page of a VM stack. */
int sb_chain_is_bottom(uint64_t addr, const struct sb_vm *vm);

#endif
