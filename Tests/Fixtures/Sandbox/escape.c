/* Tries to leave a sandbox in every way it knows: `escape OUTSIDE OWN INPUT PID PORT SOCKET`.
   OUTSIDE: a directory with the files `secret` and `victim` and the directory `folder`, all out of bounds.
   OWN: a directory within bounds. INPUT: a file to read only. PID: a process outside. PORT: a TCP port that listens on
   the loopback. SOCKET: the name of an abstract socket that listens.
   For each attempt a line `NAME held` or `NAME escaped`; each runs in a process of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *outside, *own, *input, *socket_name;
static pid_t engine;
static int port;

static const char *at(const char *directory, const char *name) {
  static char paths[4][4096];
  static int next;
  char *path = paths[next++ % 4];
  snprintf(path, 4096, "%s/%s", directory, name);
  return path;
}

/* Whether the file's first bytes can be read. */
static int reads(const char *path) {
  char bytes[4];
  int file = open(path, O_RDONLY), count = file < 0 ? -1 : (int)read(file, bytes, sizeof bytes);
  return count > 0;
}

static int read_file(void) { return reads(at(outside, "secret")); }
static int list_directory(void) { return open(at(outside, "folder"), O_RDONLY | O_DIRECTORY) >= 0; }
static int write_file(void) { return open(at(outside, "victim"), O_WRONLY) >= 0; }
static int append_to_file(void) { return open(at(outside, "victim"), O_WRONLY | O_APPEND) >= 0; }
static int create_file(void) { return open(at(outside, "new"), O_WRONLY | O_CREAT, 0600) >= 0; }
static int truncate_file(void) { return truncate(at(outside, "victim"), 1) == 0; }
static int make_directory(void) { return mkdir(at(outside, "made"), 0700) == 0; }
static int remove_directory(void) { return rmdir(at(outside, "folder")) == 0; }
static int make_link(void) { return symlink("secret", at(outside, "link")) == 0; }
static int make_fifo(void) { return mkfifo(at(outside, "fifo"), 0600) == 0; }
static int rename_in(void) { return rename(at(outside, "victim"), at(own, "victim")) == 0; }
static int remove_file(void) { return unlink(at(outside, "secret")) == 0; }
static int write_input(void) { return open(input, O_WRONLY) >= 0; }
static int truncate_input(void) { return truncate(input, 0) == 0; }

static int link_in(void) {
  return link(at(outside, "secret"), at(own, "hard")) == 0 && reads(at(own, "hard"));
}

static int rename_out(void) {
  close(open(at(own, "mine"), O_WRONLY | O_CREAT, 0600));
  return rename(at(own, "mine"), at(outside, "mine")) == 0;
}

static int through_symbolic_link(void) {
  return symlink(at(outside, "secret"), at(own, "soft")) == 0 && reads(at(own, "soft"));
}

static int write_through_symbolic_link(void) {
  return symlink(at(outside, "victim"), at(own, "soft-w")) == 0 && open(at(own, "soft-w"), O_WRONLY) >= 0;
}

static int through_proc_root(void) {
  char path[8192];
  snprintf(path, sizeof path, "/proc/self/root%s/secret", outside);
  return reads(path);
}

static int through_working_directory(void) { return chdir(outside) == 0 && reads("secret"); }
static int through_chroot(void) { return chroot(outside) == 0 && reads("/secret"); }

static int through_path_descriptor(void) {
  int directory = open(outside, O_PATH);
  return directory >= 0 && openat(directory, "secret", O_RDONLY) >= 0;
}

static int through_handle(void) {
  union {
    struct file_handle handle;
    char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
  } box;
  int mount, root = open("/proc", O_RDONLY), own_directory = open(own, O_RDONLY);
  (void)root;
  box.handle.handle_bytes = MAX_HANDLE_SZ;
  if (name_to_handle_at(AT_FDCWD, at(outside, "secret"), &box.handle, &mount, 0) != 0) return 0;
  return open_by_handle_at(own_directory, &box.handle, O_RDONLY) >= 0;
}

static int through_another_program(void) {
  char command[8192];
  snprintf(command, sizeof command, "cat '%s/secret' >/dev/null 2>&1", outside);
  return system(command) == 0;
}

static int through_namespace(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 0;
  return mount(outside, own, NULL, MS_BIND, NULL) == 0;
}

/* Where it succeeds, for no other process to see. */
static int mount_file_system(void) {
  unshare(CLONE_NEWNS);
  return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount("none", own, "tmpfs", 0, NULL) == 0;
}

static const char *of_engine(const char *name) {
  static char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)engine, name);
  return path;
}

static int read_environment(void) { return reads(of_engine("environ")); }
static int open_memory(void) { return open(of_engine("mem"), O_RDWR) >= 0; }
static int read_descriptors(void) { char name[256]; return readlink(of_engine("fd/0"), name, sizeof name) > 0; }
static int trace(void) { return ptrace(PTRACE_SEIZE, engine, NULL, NULL) == 0; }
static int send_signal(void) { return kill(engine, SIGCONT) == 0; }

static int read_memory(void) {
  char byte;
  struct iovec local = {&byte, 1}, remote = {(void *)&port, 1};
  process_vm_readv(engine, &local, 1, &remote, 1, 0);
  return errno != EPERM;
}

static int open_socket(int family, int (*call)(int, const struct sockaddr *, socklen_t), int to) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(to)};
  int file = socket(family, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return file >= 0 && call(file, (struct sockaddr *)&address, sizeof address) == 0;
}

static int connect_to_port(void) { return open_socket(AF_INET, connect, port); }
static int listen_on_port(void) { return open_socket(AF_INET, bind, 0); }

static int connect_to_abstract_socket(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int file = socket(AF_UNIX, SOCK_STREAM, 0);
  memcpy(address.sun_path + 1, socket_name, strlen(socket_name));
  return connect(file, (struct sockaddr *)&address,
                 offsetof(struct sockaddr_un, sun_path) + 1 + strlen(socket_name)) == 0;
}

static int make_device(void) { return mknod(at(own, "device"), S_IFCHR | 0600, 1 << 8 | 3) == 0; }
static int write_kernel_settings(void) { return open("/proc/sys/kernel/domainname", O_WRONLY) >= 0; }
static int gain_rights_by_exec(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1; }

static const struct {
  const char *name;
  int (*attempt)(void);
} attempts[] = {
    {"read-file", read_file},
    {"list-directory", list_directory},
    {"write-file", write_file},
    {"append-to-file", append_to_file},
    {"create-file", create_file},
    {"truncate-file", truncate_file},
    {"make-directory", make_directory},
    {"make-link", make_link},
    {"make-fifo", make_fifo},
    {"rename-out", rename_out},
    {"link-in", link_in},
    {"write-input", write_input},
    {"through-symbolic-link", through_symbolic_link},
    {"write-through-symbolic-link", write_through_symbolic_link},
    {"through-proc-root", through_proc_root},
    {"through-working-directory", through_working_directory},
    {"through-chroot", through_chroot},
    {"through-path-descriptor", through_path_descriptor},
    {"through-handle", through_handle},
    {"through-another-program", through_another_program},
    {"through-namespace", through_namespace},
    {"mount-file-system", mount_file_system},
    {"read-environment", read_environment},
    {"open-memory", open_memory},
    {"read-memory", read_memory},
    {"read-descriptors", read_descriptors},
    {"trace", trace},
    {"send-signal", send_signal},
    {"connect-to-port", connect_to_port},
    {"listen-on-port", listen_on_port},
    {"connect-to-abstract-socket", connect_to_abstract_socket},
    {"make-device", make_device},
    {"write-kernel-settings", write_kernel_settings},
    {"gain-rights-by-exec", gain_rights_by_exec},
    /* Last: what they take away the others need. */
    {"remove-directory", remove_directory},
    {"rename-in", rename_in},
    {"remove-file", remove_file},
    {"truncate-input", truncate_input},
};

int main(int count, char **arguments) {
  if (count != 7) return 2;
  outside = arguments[1];
  own = arguments[2];
  input = arguments[3];
  engine = atoi(arguments[4]);
  port = atoi(arguments[5]);
  socket_name = arguments[6];
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(attempts[i].attempt() ? 1 : 0);
    waitpid(child, &status, 0);
    printf("%s %s\n", attempts[i].name, status == 0 ? "held" : "escaped");
  }
  return 0;
}
