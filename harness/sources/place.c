/* Places in the work folder; see place.h. The locks are
 * flock's: they end with their holder, however it ends. */
#include "sources/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/strings.h"
#include "data/whole_file.h"

enum { WAIT_MS = 50 };
static const char part_suffix[] = ".part";
/* It may lie in a folder that is to be copied: git is told that nothing in it is of that. */
static const char ignore_all[] = "# Backbench makes copies here of what it compares.\n*\n";

/* What a build makes read-only, folders among it, is opened
 * all the same. Links are not followed. */
static int open_folder(int parent, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent, name, flags);
    if (fd < 0 && errno == EACCES && fchmodat(parent, name, S_IRWXU, 0) == 0)
        fd = openat(parent, name, flags);
    return fd;
}

static void remove_tree_at(int parent, const char *name)
{
    int fd = open_folder(parent, name);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        unlinkat(parent, name, 0);
        return;
    }
    fchmod(fd, S_IRWXU);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_tree_at(fd, entry->d_name);
    closedir(folder);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static bool is_whole(const char *folder)
{
    char *path = text_format("%s/.backbench", folder);
    bool is = access(path, F_OK) == 0;
    free(path);
    return is;
}

static bool holds_text(const char *path, const char *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    ssize_t len = file != NULL ? getdelim(&text, &size, '\0', file) : -1;
    bool holds = len >= 0 && strcmp(text, wanted) == 0;
    if (file != NULL)
        fclose(file);
    free(text);
    return holds;
}

static bool is_of(const char *folder, const char *of)
{
    char *path = text_format("%s/.backbench", folder);
    bool is = holds_text(path, of);
    free(path);
    return is;
}

/* Locks what is there under this name now; false: another
 * holds it, or it has become another file meanwhile. */
static bool lock_now(int fd, const char *path)
{
    struct stat held, there;
    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && stat(path, &there) == 0 &&
           held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

/* The marker goes last: without it nobody would know that the folder is not whole. */
static void remove_left(const char *work, const char *entry)
{
    char *part = text_format("%s/%s", work, entry);
    char *folder = text_format("%.*s", (int)(strlen(part) - strlen(part_suffix)), part);
    char *log = text_format("%s.log", folder);
    int fd = open(part, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && lock_now(fd, part)) {
        if (!is_whole(folder)) {
            remove_tree_at(AT_FDCWD, folder);
            unlink(log);
        }
        unlink(part);
    }
    if (fd >= 0)
        close(fd);
    free(log);
    free(folder);
    free(part);
}

static int is_part(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name), end = strlen(part_suffix);
    return len > end && strcmp(entry->d_name + len - end, part_suffix) == 0;
}

static void remove_all_left(const char *work)
{
    struct dirent **entries;
    int count = scandir(work, &entries, is_part, alphasort);
    for (int i = 0; i < count; i++) {
        remove_left(work, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static int write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return -errno;
    int result = fputs(text, file) < 0 ? -errno : 0;
    if (fclose(file) != 0 && result == 0)
        result = -errno;
    return result;
}

static int make_folders(const char *path)
{
    char *part = xstrdup(path);
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(part, 0777); /* what cannot be made is told by the last one */
        *slash = '/';
    }
    int result = mkdir(part, 0777) == 0 || errno == EEXIST ? 0 : -errno;
    free(part);
    return result;
}

static char *ignore_path(const char *work)
{
    return text_format("%s/.gitignore", work);
}

static bool is_work(const char *folder)
{
    char *path = ignore_path(folder);
    bool is = holds_text(path, ignore_all);
    free(path);
    return is;
}

static int is_anybodys(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
           strncmp(entry->d_name, ".gitignore.", strlen(".gitignore.")) != 0;
}

static bool is_empty(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_anybodys, NULL);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    if (count >= 0)
        free(entries);
    return count == 0;
}

/* Others may be doing the same: it is there as a whole, or not. */
static int mark_as_work(const char *folder)
{
    char *path = ignore_path(folder), *fresh = text_format("%s.%d", path, (int)getpid());
    int result = write_text(fresh, ignore_all);
    if (result == 0 && rename(fresh, path) != 0)
        result = -errno;
    free(fresh);
    free(path);
    return result;
}

/* A folder with other things in it is nobody's to ignore, nor to remove leftovers from. */
static int take_folder(const char *folder)
{
    if (is_work(folder))
        return 0;
    bool may = is_empty(folder) || is_work(folder); /* since the first look */
    return may ? mark_as_work(folder) : -EEXIST;
}

enum side_end place_prepare(char **work, const struct side_request *request, char **error)
{
    char path[PATH_MAX];
    *work = NULL;
    int result = make_folders(request->work);
    if (result == 0 && realpath(request->work, path) == NULL)
        result = -errno;
    if (result == 0)
        result = take_folder(path);
    if (result < 0) {
        text_error(
            error,
            "%s: copies cannot be made in %s (%s): --work names a new or an empty folder for "
            "them",
            request->role, request->work,
            result == -EEXIST ? "there are other things in it" : strerror(-result));
        return SIDE_UNAVAILABLE;
    }
    remove_all_left(path);
    *work = xstrdup(path);
    return SIDE_FOUND;
}

/* 1: ours; 0: another's for now; -errno. */
static int try_to_claim(struct place *place)
{
    int fd = open(place->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    if (lock_now(fd, place->part)) {
        place->part_fd = fd;
        place->is_ours = true;
        return 1;
    }
    close(fd);
    return 0;
}

static void tell_of_waiting(const struct side_request *request, const struct place *place)
{
    char *sentence = text_format("waiting for who is making %s", place->folder);
    side_says(request, sentence);
    free(sentence);
}

/* As try_to_claim, once nobody else holds it; -EINTR: interrupted. */
static int wait_to_claim(struct place *place, const struct side_request *request)
{
    int claimed;
    for (unsigned turn = 0; (claimed = try_to_claim(place)) == 0; turn++) {
        if (request->interrupted != NULL && *request->interrupted)
            return -EINTR;
        if (turn == 1) /* once may be a file that was just removed */
            tell_of_waiting(request, place);
        poll(NULL, 0, WAIT_MS);
    }
    return claimed;
}

static void init(struct place *place, const char *work, const char *name)
{
    *place = (struct place){
        .folder = text_format("%s/%s", work, name),
        .part = text_format("%s/%s%s", work, name, part_suffix),
        .log = text_format("%s/%s.log", work, name),
    };
}

static void give_up_part(struct place *place)
{
    unlink(place->part);
    close(place->part_fd);
    place->is_ours = false;
}

enum side_end place_claim(struct place *place, const char *work, const char *name, const char *of,
                          const struct side_request *request, char **error)
{
    init(place, work, name);
    place->was_there = is_of(place->folder, of);
    if (place->was_there)
        return SIDE_FOUND;
    int claimed = wait_to_claim(place, request);
    if (claimed == -EINTR)
        return SIDE_INTERRUPTED;
    if (claimed < 0) {
        text_error(error, "%s: %s cannot be made (%s): --work names a folder for copies",
                   request->role, place->part, strerror(-claimed));
        return SIDE_UNAVAILABLE;
    }
    place->was_there = is_of(place->folder, of); /* meanwhile */
    if (place->was_there)
        give_up_part(place);
    else
        remove_tree_at(AT_FDCWD, place->folder);
    return SIDE_FOUND;
}

int place_finish(struct place *place, const char *of)
{
    char *path = text_format("%s/.backbench", place->folder);
    int result = -whole_file_write(path, of, false);
    if (result == 0)
        give_up_part(place);
    free(path);
    return result;
}

void place_close(struct place *place)
{
    if (place->is_ours) {
        remove_tree_at(AT_FDCWD, place->folder);
        give_up_part(place);
    }
    free(place->folder);
    free(place->part);
    free(place->log);
    *place = (struct place){0};
}
