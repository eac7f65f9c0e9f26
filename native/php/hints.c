/* A wrong address is told at once: as a process whose stacks are never whole it would look sampled.
 */
#include "hints.h"
#include "bytes.h"
#include <stdio.h>
#include <string.h>

enum { VM_STACK_BYTES = 64, VM_STACK_PAGE_MAX = 1 << 30 };

/* The newest page of the VM stack starts before its top, and that is not beyond its end; all three
 * are zero before the first request. */
static int can_be_globals(const struct sb_remote *remote, const struct sb_php *php)
{
    const struct sb_layout *layout = php->layout;
    uint8_t bytes[VM_STACK_BYTES];
    const unsigned start = layout->eg_vm_stack_top;
    uint64_t page, top, end;

    if (sb_remote_read(remote, php->executor_globals + start, bytes, sizeof bytes) != SB_OK)
        return 0;
    page = sb_u64(bytes + layout->eg_vm_stack - start);
    top = sb_u64(bytes + layout->eg_vm_stack_top - start);
    end = sb_u64(bytes + layout->eg_vm_stack_end - start);
    return page <= top && top <= end && end - page <= VM_STACK_PAGE_MAX &&
           (page | top | end) % 8 == 0;
}

enum sb_status sb_hints_apply(const struct sb_php_hints *hints, const struct sb_remote *remote,
                              enum sb_status status, struct sb_php *php, char *detail)
{
    if (status == SB_NOT_PHP && hints->executor_globals && hints->layout) {
        php->layout = hints->layout;
        status = SB_OK;
    }
    if (status == SB_OK && hints->layout && hints->layout != php->layout) {
        size_t len = strlen(detail);
        snprintf(detail + len, SB_DETAIL_BYTES - len, ", not %d.%d as asked for",
                 hints->layout->version / 10, hints->layout->version % 10);
        return SB_PHP_VERSION;
    }
    if (hints->executor_globals)
        php->executor_globals = hints->executor_globals;
    if (hints->sapi_globals)
        php->sapi_globals = hints->sapi_globals;
    if (status == SB_OK && hints->executor_globals && !can_be_globals(remote, php))
        return SB_BAD_ADDRESS;
    return status;
}
