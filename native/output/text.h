/* phpspy's text of a sample: one line per frame, `# key = value` lines, an empty line. */
#ifndef SB_TEXT_H
#define SB_TEXT_H

#include "moment.h"

enum { SB_TEXT_BYTES_MAX = 1 << 20 };

/* How to write. Zeroes are not a style: see sb_text_style. */
struct sb_text_style {
    char line_end, sample_end; /* both '\n', or '\t' and '\n' for one line per sample */
    size_t bytes_max;          /* phpspy's -b: of one sample, up to SB_TEXT_BYTES_MAX */
    int keeps_cut;             /* phpspy's -c: what does not fit is cut off, else all is dropped */
    int has_request_info;      /* phpspy's -r: all five lines, whatever is known */
    int prints_pid, prints_time;
};

/* A text under construction. Zeroed: empty. Free `bytes` at the end. */
struct sb_text {
    char *bytes;
    size_t len, cap;
    int is_cut;
};

struct sb_text_style sb_text_style(void);

/* Frames and facts, without what phpspy adds after its filter. Replaces what was in `text`. SB_FULL
 * when it was cut at bytes_max, SB_NO_MEMORY. */
enum sb_status sb_text_body(struct sb_text *text, const struct sb_text_style *style,
                            const struct sb_tables *tables, const struct sb_moment *moment);

/* Time, pid and the end of the sample. As above. */
enum sb_status sb_text_close(struct sb_text *text, const struct sb_text_style *style, pid_t pid);

#endif
