/* The sampler: parses the command line, starts what is to be started, runs, says goodbye. */
#include "clock.h"
#include "engine.h"
#include "privileges.h"
#include "top.h"
#include "version.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DRAIN_MS = 2000, COMMAND_STOP_MS = 1000, COMMAND_STEP_MS = 100 };

/* The only mutable global: set by signals. */
static volatile sig_atomic_t stop_requested;

static void request_stop(int number)
{
    (void)number;
    stop_requested = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = request_stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static int complain(enum sb_status status, const char *text)
{
    dprintf(STDERR_FILENO, "sampler: %s\n", text);
    return sb_status_exit(status);
}

/* With the reason in errno. */
static void complain_of_file(const char *path)
{
    dprintf(STDERR_FILENO, "sampler: '%s' cannot be written: %s.\n", path, strerror(errno));
}

static struct sb_sink_options sink_options(const struct sb_options *options)
{
    return (struct sb_sink_options){
        .period_ns = options->period_ns,
        .start_ns = sb_now_ns(),
        .start_unix_ns = sb_clock_ns(CLOCK_REALTIME),
        .measures_cpu = options->mode == SB_MODE_CPU,
        .is_quiet = options->is_quiet,
        .style = options->style,
    };
}

/* Failures are told in the stream; to a person at a terminal also there. */
static void say_goodbye(struct sb_sink *sink, struct sb_ending *ending)
{
    if (ending->status != SB_OK) {
        sink->ops->message(sink, SB_ERROR, sb_status_name(ending->status), ending->text);
        if (sink->ops == &sb_stream_ops && isatty(STDERR_FILENO))
            complain(ending->status, ending->text);
    }
    sink->ops->stop(sink, ending->reason, ending->text);
    if (sb_output_drain(sink->output, DRAIN_MS) == SB_OUTPUT && ending->status == SB_OK) {
        ending->status = SB_OUTPUT;
        complain(SB_OUTPUT, sb_status_text(SB_OUTPUT));
    }
}

/* A command is told to end when we are; after a limit it runs on undisturbed. */
static int exit_with(struct sb_command *command, const struct sb_ending *ending)
{
    if (!command)
        return sb_status_exit(ending->status);
    if (stop_requested) {
        if (!command->has_ended)
            kill(command->pid, SIGTERM);
        sb_command_wait(command, COMMAND_STOP_MS);
        if (!command->has_ended)
            dprintf(STDERR_FILENO,
                    "sampler: The command (process %d) does not end on SIGTERM; it is "
                    "left running.\n",
                    (int)command->pid);
        return 0;
    }
    while (!command->has_ended && !stop_requested)
        sb_command_wait(command, COMMAND_STEP_MS);
    if (stop_requested)
        return exit_with(command, ending);
    return ending->status == SB_OK ? command->exit_code : sb_status_exit(ending->status);
}

/* Starts the command, if there is one. Its output must not garble the live view. */
static enum sb_status start_command(const struct sb_options *options, struct sb_command *command)
{
    const char *unless = options->is_top ? "/dev/null" : NULL, *failed_path = NULL;
    const struct sb_command_output output = {
        .out_path = options->child_stdout ? options->child_stdout : unless,
        .err_path = options->child_stderr ? options->child_stderr : unless,
        .keeps_stdout = strcmp(options->output, "-") != 0,
    };
    enum sb_status status;
    if (!options->command)
        return SB_OK;
    status = sb_command_start(command, options->command, &output, &failed_path);
    if (status == SB_OUTPUT)
        complain_of_file(failed_path);
    else if (status != SB_OK)
        dprintf(STDERR_FILENO, "sampler: '%s': %s\n", options->command[0], sb_status_text(status));
    return status;
}

/* Many targets need many descriptors. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum sb_status open_top(const struct sb_options *options, struct sb_sink *sink)
{
    enum sb_status status = sb_top_open(sink, options);
    if (status != SB_OK)
        complain(status, sb_status_text(status));
    return status;
}

/* Opens what needs rights, starts the command, and then gives the rights up. */
static enum sb_status prepare(const struct sb_options *options, struct sb_sink *sink,
                              struct sb_command *command)
{
    char error[SB_PRIVILEGES_ERROR_BYTES];
    struct sb_user user;
    enum sb_status status = sb_output_open(sink->output, options->output);

    if (status != SB_OK) {
        complain_of_file(options->output);
        return status;
    }
    if (!sb_user_find(options->user, &user, error)) {
        complain(SB_USAGE, error);
        return SB_USAGE;
    }
    if (options->is_top && (status = open_top(options, sink)) != SB_OK)
        return status;
    catch_signals();
    status = start_command(options, command);
    if (status != SB_OK)
        return status;
    raise_descriptor_limit();
    if (!sb_privileges_drop(&user, error)) {
        complain(SB_NOT_PERMITTED, error);
        return SB_NOT_PERMITTED;
    }
    sb_privileges_confine(options->pauses, options->command ? command->pid : 0);
    return SB_OK;
}

static int run(const struct sb_options *options)
{
    struct sb_tables tables = {0};
    struct sb_output output;
    struct sb_sink sink = {.output = &output, .tables = &tables};
    struct sb_command command = {0}, *started = options->command ? &command : NULL;
    struct sb_ending ending = {0};
    enum sb_status status;
    int code;

    status = prepare(options, &sink, &command);
    if (status != SB_OK) {
        code = sb_status_exit(status);
        goto cleanup;
    }
    sink.ops = options->is_top                       ? &sb_top_ops
               : options->format == SB_FORMAT_STREAM ? &sb_stream_ops
                                                     : &sb_text_ops;
    sink.options = sink_options(options);
    sink.ops->start(&sink);
    sb_output_flush(&output, 0);
    sb_engine_run(options, &sink, started, &stop_requested, &ending);
    say_goodbye(&sink, &ending);
    sb_output_close(&output); /* readers see the end although the command may run on */
    code = exit_with(started, &ending);
cleanup:
    sb_top_close(&sink);
    sb_output_close(&output);
    sb_tables_free(&tables);
    free(sink.text.bytes);
    return code;
}

/* What is closed would be given to the next file that is opened, and messages would end in it. */
static void occupy_standard_descriptors(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    struct sb_options options;
    char error[SB_OPTION_ERROR_BYTES];
    enum sb_status status = sb_options_parse(&options, argc, argv, error);
    int code = 0;

    occupy_standard_descriptors();
    if (status != SB_OK)
        code = complain(status, error);
    else if (options.wants_help)
        fputs(sb_help, stdout);
    else if (options.wants_version)
        puts("sampler " SB_VERSION);
    else
        code = run(&options);
    sb_options_free(&options);
    return code;
}
