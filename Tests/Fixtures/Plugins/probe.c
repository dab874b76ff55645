/* A plugin in plain C. It needs the header and nothing else. */
#include <flow/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PLUGIN_ABI
#define PLUGIN_ABI FLOW_ABI
#endif

static void copy(FILE *out, const char *path) {
  FILE *in = fopen(path, "r");
  int byte;
  if (!in) return;
  while ((byte = fgetc(in)) != EOF) fputc(byte, out);
  fclose(in);
}

static flow_status misbehave(const char *how, const flow_host *host, flow_step *step) {
  const char *path = host->output(step, "text");
  char beside[4096];
  if (!strcmp(how, "crash")) *(volatile int *)8 = 1;
  if (!strcmp(how, "abort")) abort();
  if (!strcmp(how, "hang")) for (;;) pause();
  if (!strcmp(how, "exit")) exit(0);
  if (!strcmp(how, "silent")) return FLOW_FAILED;
  if (!strcmp(how, "fail")) return host->fail(step, FLOW_FAILED, "the text is not to its liking");
  if (!strcmp(how, "unavailable")) return host->fail(step, FLOW_UNAVAILABLE, "nobody answers");
  if (!strcmp(how, "link")) return symlink("/etc/passwd", path) ? FLOW_FAILED : FLOW_OK;
  if (!strcmp(how, "folder")) return mkdir(path, 0755) ? FLOW_FAILED : FLOW_OK;
  if (!strcmp(how, "child")) {
    /* A child that outlives this process unless someone ends it; its id goes to a file. */
    pid_t child = fork();
    FILE *file;
    if (!child) {
      execlp("sleep", "sleep", "300", (char *)NULL);
      _exit(1);
    }
    file = fopen(host->parameter(step, "text"), "w");
    fprintf(file, "%d\n", (int)child);
    fclose(file);
    for (;;) pause();
  }
  if (!strcmp(how, "signals")) {
    snprintf(beside, sizeof beside, "grep SigIgn /proc/self/status > %s", path);
    return system(beside) ? FLOW_FAILED : FLOW_OK;
  }
  if (!strcmp(how, "descriptors")) {
    snprintf(beside, sizeof beside, "readlink /proc/%d/fd/* > %s", (int)getpid(), path);
    return system(beside) ? FLOW_FAILED : FLOW_OK;
  }
  if (!strcmp(how, "fill")) {
    FILE *file = fopen(path, "w");
    memset(beside, 'x', sizeof beside);
    while (file && fwrite(beside, sizeof beside, 1, file) == 1) {}
    return host->fail(step, FLOW_FAILED, "the disk is full");
  }
  if (!strcmp(how, "extra")) {
    snprintf(beside, sizeof beside, "%s.extra", path);
    fclose(fopen(beside, "w"));
  }
  return FLOW_OK; /* "lie": done, it says, and wrote nothing */
}

static flow_status write_text(const flow_operation *self, const flow_host *host, flow_step *step) {
  const char *behave = host->parameter(step, "behave");
  double seconds = atof(host->parameter(step, "seconds"));
  int lines = atoi(host->parameter(step, "lines")), i;
  FILE *out;
  size_t file;
  (void)self;
  for (i = 0; i < seconds * 100; i++) {
    if (host->cancelled(step)) return host->fail(step, FLOW_CANCELLED, "asked to stop");
    host->progress(step, i / 100.0, seconds, "seconds", NULL);
    if (i % 20 == 0) host->metric(step, "seconds/left", seconds - i / 100.0, i);
    usleep(10000);
  }
  if (!strcmp(behave, "scribble")) {
    out = fopen(host->input(step, "files", 0), "a");
    if (!out) return host->fail(step, FLOW_FAILED, "cannot write to the input");
    fputs("scribble\n", out);
    fclose(out);
    behave = "well";
  }
  if (strcmp(behave, "well") && strcmp(behave, "extra")) return misbehave(behave, host, step);
  if (!strcmp(behave, "extra")) misbehave(behave, host, step);
  out = fopen(host->output(step, "text"), "w");
  if (!out) return host->fail(step, FLOW_FAILED, "cannot create the output");
  for (file = 0; host->input(step, "files", file); file++) copy(out, host->input(step, "files", file));
  for (i = 0; i < lines; i++) fprintf(out, "%s\n", host->parameter(step, "text"));
  if (strcmp(host->parameter(step, "names"), "[]")) fprintf(out, "%s\n", host->parameter(step, "names"));
  fclose(out);
  host->metric(step, "lines/written", lines, 1);
  host->record(step, "table:lines",
               "{\"title\": \"Lines\", \"columns\": [\"file\", \"lines\"], \"rows\": [[\"text\", 1]], \"show\": true}");
  return FLOW_OK;
}

static flow_status keep(const flow_operation *self, const flow_host *host, flow_step *step) {
  char path[4096];
  int count = 0;
  FILE *file;
  (void)self;
  snprintf(path, sizeof path, "%s/count", host->scratch(step));
  file = fopen(path, "r");
  if (file) {
    if (fscanf(file, "%d", &count) != 1) count = 0;
    fclose(file);
  }
  count++;
  file = fopen(path, "w");
  fprintf(file, "%d", count);
  fclose(file);
  if (count < 3) return host->fail(step, FLOW_UNAVAILABLE, "not yet");
  file = fopen(host->output(step, "count"), "w");
  fprintf(file, "%d\n", count);
  fclose(file);
  return FLOW_OK;
}

/* Ranks tell each other nothing here: each adds its line to a file that all can see. */
static flow_status ranks(const flow_operation *self, const flow_host *host, flow_step *step) {
  FILE *file = fopen(host->parameter(step, "seen"), "a");
  (void)self;
  fprintf(file, "%u of %u\n", host->rank(step), host->ranks(step));
  fclose(file);
  host->log(step, FLOW_INFO, "counted");
  if (host->rank(step) == 2) return host->fail(step, FLOW_FAILED, "rank 2 is one too many");
  if (host->rank(step)) return FLOW_OK;
  file = fopen(host->output(step, "count"), "w");
  fprintf(file, "%u\n", host->ranks(step));
  fclose(file);
  return FLOW_OK;
}

static flow_status number(const flow_operation *self, const flow_host *host, flow_step *step) {
  FILE *file = fopen(host->output(step, "number"), "w");
  (void)self;
  fprintf(file, "1\n");
  fclose(file);
  return FLOW_OK;
}

static const flow_operation write_operation = {sizeof(flow_operation), "write", write_text, NULL};
static const flow_operation keep_operation = {sizeof(flow_operation), "keep", keep, NULL};
static const flow_operation number_operation = {sizeof(flow_operation), "number", number, NULL};
static const flow_operation ranks_operation = {sizeof(flow_operation), "ranks", ranks, NULL};
static const flow_operation *const operations[] = {&write_operation, &keep_operation, &number_operation, &ranks_operation, NULL};
static const flow_plugin table = {sizeof(flow_plugin), PLUGIN_ABI, "probe", "1.0.0", operations};

FLOW_PLUGIN(probe) {
  (void)host;
  return &table;
}
