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

int sb_attempt_stands_at_call(const struct sb_attempt *attempt, uint32_t i)
{
    uint8_t opcode;
    if (attempt->walker->functions[i]->type == SB_INTERNAL_FUNCTION ||
        sb_remote_read(&attempt->target->remote,
                       attempt->walker->chain.links[i].opline + OPLINE_OPCODE, &opcode,
                       sizeof opcode) != SB_OK)
        return 0;
    return opcode == DO_FCALL || opcode == INCLUDE_OR_EVAL || opcode == DO_ICALL ||
           opcode == DO_UCALL || opcode == DO_FCALL_BY_NAME || opcode == CALL_TRAMPOLINE;
}
