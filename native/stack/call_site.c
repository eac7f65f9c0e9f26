/* What the instructions say that callers stand at. */
#include "attempt.h"

/* zend_op.opcode, and the numbers that PHP gives these opcodes (Zend/zend_vm_opcodes.h); they are
 * the same from 7.4 to 8.5. */
enum {
    OPLINE_OPCODE = 28,
    DO_FCALL = 60,
    INCLUDE_OR_EVAL = 73,
    DO_ICALL = 129,
    DO_UCALL = 130,
    DO_FCALL_BY_NAME = 131,
    CALL_TRAMPOLINE = 158,
};

static int is_call(uint8_t opcode)
{
    return opcode == DO_FCALL || opcode == INCLUDE_OR_EVAL || opcode == DO_ICALL ||
           opcode == DO_UCALL || opcode == DO_FCALL_BY_NAME || opcode == CALL_TRAMPOLINE;
}

enum sb_status sb_attempt_find_calls(const struct sb_attempt *attempt, const uint32_t *frames,
                                     uint32_t count, uint8_t *are_calls)
{
    struct sb_wish wishes[SB_BATCH_MAX];
    enum sb_status status;
    uint32_t wished = 0;

    for (uint32_t i = 0; i < count; i++) {
        are_calls[i] = 0;
        if (attempt->walker->functions[frames[i]]->type != SB_INTERNAL_FUNCTION)
            wishes[wished++] =
                (struct sb_wish){attempt->walker->chain.links[frames[i]].opline + OPLINE_OPCODE,
                                 &are_calls[i], 1, 0};
    }
    status = wished ? sb_remote_gather(&attempt->target->remote, wishes, wished) : SB_OK;
    for (uint32_t i = 0; i < count; i++)
        are_calls[i] = (uint8_t)is_call(are_calls[i]);
    return status;
}
