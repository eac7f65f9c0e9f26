/* A linear buffer whose unwritten part moves to the front when room runs short. */
#include "output.h"
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_BYTES = 1 << 20 };

/* O_NONBLOCK belongs to the open file, which others may share: a pipe is opened anew instead. */
static int own_pipe(int fd)
{
    int own = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (own < 0) {
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        return fd;
    }
    return own;
}

enum sb_status sb_output_open(struct sb_output *output, const char *path)
{
    struct stat info;
    *output = (struct sb_output){.fd = STDOUT_FILENO};
    output->buffer = malloc(SB_OUTPUT_CAPACITY);
    if (!output->buffer)
        return SB_NO_MEMORY;
    if (strcmp(path, "-") != 0) {
        output->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (output->fd < 0)
            return SB_OUTPUT;
    }
    if (fstat(output->fd, &info) != 0)
        return SB_OUTPUT;
    output->is_socket = S_ISSOCK(info.st_mode);
    if (S_ISFIFO(info.st_mode)) {
        if (output->fd == STDOUT_FILENO)
            output->fd = own_pipe(output->fd);
        else
            fcntl(output->fd, F_SETFL, fcntl(output->fd, F_GETFL) | O_NONBLOCK);
        fcntl(output->fd, F_SETPIPE_SZ, PIPE_BYTES); /* a wish: refused beyond pipe-max-size */
    }
    output->flushed_ns = sb_now_ns();
    return SB_OK;
}

void sb_output_begin(struct sb_output *output)
{
    output->mark = output->end;
    output->is_overfull = 0;
}

void sb_output_put(struct sb_output *output, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    if (len > SB_OUTPUT_CAPACITY - output->end && output->start > 0) {
        memmove(output->buffer, output->buffer + output->start, output->end - output->start);
        output->mark -= output->start;
        output->end -= output->start;
        output->start = 0;
    }
    if (output->is_overfull || len > SB_OUTPUT_CAPACITY - output->end) {
        output->is_overfull = 1;
        return;
    }
    memcpy(output->buffer + output->end, bytes, len);
    output->end += len;
}

enum sb_status sb_output_end(struct sb_output *output)
{
    if (!output->is_overfull)
        return SB_OK;
    output->end = output->mark;
    return SB_FULL;
}

static enum sb_status write_some(struct sb_output *output)
{
    while (output->start < output->end) {
        const char *from = output->buffer + output->start;
        size_t len = output->end - output->start;
        ssize_t written = output->is_socket
                              ? send(output->fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : write(output->fd, from, len);
        if (written >= 0) {
            output->start += (size_t)written;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return SB_FULL;
        } else if (errno == EPIPE || errno == ECONNRESET || (errno == EIO && output->is_terminal)) {
            output->is_gone = 1;
            return SB_READER_GONE;
        } else if (errno != EINTR) {
            return SB_OUTPUT;
        }
    }
    output->start = output->end = output->mark = 0;
    return SB_OK;
}

enum sb_status sb_output_flush(struct sb_output *output, uint64_t now_ns)
{
    enum sb_status status;
    if (output->end == output->start)
        return SB_OK;
    if (now_ns && output->end - output->start < SB_OUTPUT_FLUSH_BYTES &&
        now_ns - output->flushed_ns < SB_OUTPUT_FLUSH_MS * SB_NS_PER_MS)
        return SB_OK;
    output->flushed_ns = now_ns ? now_ns : sb_now_ns();
    status = write_some(output);
    return status == SB_FULL ? SB_OK : status;
}

enum sb_status sb_output_drain(struct sb_output *output, int wait_ms)
{
    uint64_t deadline = sb_now_ns() + (uint64_t)wait_ms * SB_NS_PER_MS;
    enum sb_status status;
    while ((status = write_some(output)) == SB_FULL && sb_now_ns() < deadline) {
        struct pollfd wait = {.fd = output->fd, .events = POLLOUT};
        poll(&wait, 1, 50);
    }
    return status;
}

void sb_output_close(struct sb_output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    output->fd = -1;
    free(output->buffer);
    output->buffer = NULL;
}
