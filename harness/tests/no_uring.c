/*
 * no_uring COMMAND [ARGUMENT...]: runs a command for which io_uring_setup(2) fails with EPERM, as
 * in a container with Docker's default seccomp profile, or where the sysctl
 * kernel.io_uring_disabled is 2. The filter is inherited by all that the command starts, and needs
 * no privilege (seccomp(2), PR_SET_NO_NEW_PRIVS).
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse_io_uring(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof code / sizeof *code, .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: no_uring COMMAND [ARGUMENT...]\n");
        return 2;
    }
    if (refuse_io_uring()) {
        perror("no_uring: seccomp");
        return 5;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
