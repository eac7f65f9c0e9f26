/* Stratified sampling with an adjustable stride. */
#include "schedule.h"
#include "bytes.h"

enum {
    STRIDE_MAX = 1024,
    RELAX_TENTHS = 6, /* the stride shrinks again below so many tenths of the bound */
};

static void choose_moment(struct sb_schedule *schedule)
{
    uint64_t span = schedule->period_ns * schedule->stride;
    schedule->random = sb_mix(schedule->random + 0x9e3779b97f4a7c15ull);
    schedule->next_ns =
        schedule->start_ns + schedule->round * schedule->period_ns + schedule->random % span;
}

void sb_schedule_start(struct sb_schedule *schedule, uint64_t start_ns, uint64_t period_ns,
                       double max_cpu)
{
    *schedule = (struct sb_schedule){.start_ns = start_ns,
                                     .period_ns = period_ns,
                                     .max_cpu = max_cpu,
                                     .next_ns = start_ns,
                                     .stride = 1,
                                     .random = start_ns,
                                     .wall_ns = start_ns};
}

void sb_schedule_advance(struct sb_schedule *schedule, uint64_t now_ns)
{
    uint64_t now_round = (now_ns - schedule->start_ns) / schedule->period_ns;
    schedule->round += schedule->stride;
    if (schedule->round < now_round) {
        schedule->missed += now_round - schedule->round;
        schedule->round = now_round;
    }
    choose_moment(schedule);
}

int sb_schedule_adjust(struct sb_schedule *schedule, uint64_t now_ns, uint64_t cpu_ns)
{
    uint64_t wall = now_ns - schedule->wall_ns, cpu = cpu_ns - schedule->cpu_ns;
    uint32_t before = schedule->stride;
    double share = wall ? (double)cpu / (double)wall : 0;

    schedule->wall_ns = now_ns;
    schedule->cpu_ns = cpu_ns;
    if (schedule->max_cpu <= 0 || wall == 0)
        return 0;
    if (share > schedule->max_cpu && before < STRIDE_MAX) {
        double wanted = (double)before * share / schedule->max_cpu;
        schedule->stride = wanted < STRIDE_MAX ? (uint32_t)wanted + 1 : STRIDE_MAX;
    } else if (before > 1 && share * 10 < schedule->max_cpu * RELAX_TENTHS) {
        schedule->stride = before - (before + 3) / 4;
    }
    return schedule->stride != before;
}
