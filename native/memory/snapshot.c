/* The arena of one reading. */
#include "snapshot.h"

uint32_t sb_snapshot_reserve(struct sb_snapshot *snapshot, uint64_t len)
{
    uint32_t at = snapshot->used;
    if (len > SB_ARENA_BYTES - at)
        return UINT32_MAX;
    snapshot->used += (uint32_t)len;
    return at;
}

enum sb_status sb_snapshot_late(struct sb_snapshot *snapshot, uint64_t addr, uint32_t len,
                                uint32_t *at)
{
    enum sb_status status;
    *at = sb_snapshot_reserve(snapshot, len);
    if (*at == UINT32_MAX)
        return SB_FULL;
    status = sb_remote_read(snapshot->remote, addr, snapshot->arena + *at, len);
    if (status == SB_OK)
        snapshot->is_late = 1;
    else
        snapshot->used -= len;
    return status;
}
