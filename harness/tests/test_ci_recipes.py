#!/usr/bin/env python3
"""Whether what docs/ci.md tells people to copy works: its workflows and its GitLab job are read as their service reads them and
their commands carried out, with what measures turned into a dry run; its shell recipe is carried out as it stands, in a
repository of two commits whose server is a copy of ours. Prints TAP.

run-tests: timeout 90
run-tests: plain
"""
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pace_room import Tap  # noqa: E402

SOURCE = os.environ["BACKBENCH_SOURCE"]
BIN = os.environ["BACKBENCH_BIN"]
TOOLS = os.environ["BACKBENCH_TOOLS"]
BACKBENCH = os.path.join(BIN, "backbench")
MOST_S = 60               # for one command of a page
ACTIONS = {               # what may be used, and with what
    "actions/checkout@v4": {"fetch-depth", "persist-credentials", "repository", "ref", "path"},
    "actions/cache/restore@v4": {"path", "key", "restore-keys"},
    "actions/cache/save@v4": {"path", "key"},
    "actions/upload-artifact@v4": {"name", "path"},
}
EXPRESSIONS = {"github.ref", "github.run_id", "github.run_attempt"}
GITLAB_JOB = {"image", "rules", "timeout", "variables", "before_script", "script", "allow_failure", "artifacts"}
OTHERS_OPTIONS = {"--unshallow"}  # in words to be typed, of other programs

try:
    import yaml
except ImportError:
    print("1..0 # SKIP no python3-yaml: sh scripts/deps test")
    sys.exit(0)
for tool in ("git", "wrk"):
    if not shutil.which(tool):
        print(f"1..0 # SKIP no {tool}: sh scripts/deps test")
        sys.exit(0)

# A make above must not steer those in here, nor a repository above git.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if not name.startswith(("GIT_", "GITHUB_", "MAKE", "MFLAGS", "BACKBENCH_"))}
tap = Tap()


def done(command, cwd=None, env=None):
    """Its exit code and all that it said."""
    try:
        ended = subprocess.run(command, cwd=cwd, env=env or ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=MOST_S, text=True, errors="replace", check=False)
    except subprocess.TimeoutExpired as late:
        return -1, f"{command} takes longer than {MOST_S} s: {late.output}"
    return ended.returncode, ended.stdout


def help_of(command):
    code, said = done([BACKBENCH, command, "--help"])
    return said if code == 0 else None


HELP = {command: help_of(command) for command in ("duel", "compare", "run")}

# ---- the page ------------------------------------------------------------------------------------------------------------
with open(os.path.join(SOURCE, "docs", "ci.md"), encoding="utf-8") as file:
    PAGE = file.read()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
DOCUMENTS = [yaml.safe_load(text) for language, text in BLOCKS if language == "yaml"]
# YAML 1.1 reads "on" as true.
WORKFLOWS = [document for document in DOCUMENTS if "jobs" in document]
FRAGMENTS = [document for document in DOCUMENTS if "steps" in document]
GITLAB = [document for document in DOCUMENTS if document not in WORKFLOWS + FRAGMENTS]
RECIPES = [text for language, text in BLOCKS if language == "sh"]
RULES, ACCEPTED = (text for language, text in BLOCKS if language == "ini")

tap.check("every block of the page is of a kind that is carried out here",
          {language for language, _ in BLOCKS} == {"yaml", "sh", "ini"} and
          (len(WORKFLOWS), len(FRAGMENTS), len(GITLAB), len(RECIPES)) == (2, 1, 1, 1),
          [language for language, _ in BLOCKS])


def steps_of(workflow):
    (job,) = workflow["jobs"].values()
    return job["steps"]


def wrong_with_step(step):
    if ("uses" in step) == ("run" in step):
        return f"has to have either uses or run: {step}"
    if unknown := set(step) - {"uses", "run", "with", "if"}:
        return f"unknown: {unknown}"
    if "run" in step:
        if not isinstance(step["run"], str) or "${{" in step["run"]:
            return f"an expression in a shell's text is an open door: {step['run']}"
        return None
    if unknown := set(step.get("with", {})) - ACTIONS.get(step["uses"], set()):
        return f"{step['uses']} takes no {unknown}, or is not known here"
    return None


def wrong_with(workflow):
    (job,) = workflow["jobs"].values()
    if set(workflow) - {"concurrency"} != {"name", True, "permissions", "jobs"}:
        return f"its keys are {list(workflow)}"
    if workflow["permissions"] != {"contents": "read"}:
        return f"it asks for more than reading: {workflow['permissions']}"
    if set(job) != {"runs-on", "timeout-minutes", "steps"} or job["timeout-minutes"] != 25:
        return f"its job has {list(job)}"
    kept = [step for step in job["steps"] if step.get("uses", "").startswith("actions/upload-artifact")]
    if [step.get("if") for step in kept] != ["always()"]:
        return "what was measured is not kept after a failure"
    return next(filter(None, map(wrong_with_step, job["steps"])), None)


for workflow in WORKFLOWS:
    wrong = wrong_with(workflow)
    tap.check(f"the workflow {workflow['name']} is one", wrong is None, wrong)
tap.check("what a container needs is a job's beginning", set(FRAGMENTS[0]) == {"container", "steps"} and
          not any(map(wrong_with_step, FRAGMENTS[0]["steps"])), FRAGMENTS[0])
(GITLAB_NAME, GITLAB_DUEL), = GITLAB[0].items()
tap.check("the GitLab job is one", set(GITLAB_DUEL) == GITLAB_JOB and GITLAB_DUEL["allow_failure"] == {"exit_codes": [3, 4]} and
          all(isinstance(line, str) for part in ("before_script", "script") for line in GITLAB_DUEL[part]), GITLAB_DUEL)
tap.check("expressions name what GitHub has", set(re.findall(r"\$\{\{ *(.*?) *\}\}", PAGE)) == EXPRESSIONS,
          re.findall(r"\$\{\{.*?\}\}", PAGE))

with open(os.path.join(SOURCE, "Makefile"), encoding="utf-8") as file:
    VERSION = "v" + re.search(r"^VERSION := (.*)$", file.read(), re.M)[1]
pinned = re.findall(r"(?:ref: |--branch )([^,\s]+)", PAGE)
tap.check("what is pinned is this version", set(pinned) == {VERSION}, pinned)

named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", " ".join(re.findall(r"`[^`\n]+`", PAGE)))) - OTHERS_OPTIONS
if HELP["duel"]:
    unknown = {option for option in named if not any(re.search(rf"{option}\b", text or "") for text in HELP.values())}
    tap.check("options that the prose names are there", not unknown, unknown)
else:
    tap.skip("options that the prose names are there", "this backbench has no duel")

# ---- a place to carry it out ------------------------------------------------------------------------------------------------
ROOM = tempfile.TemporaryDirectory()
TOP = ROOM.name
SHIMS, SUITE = os.path.join(TOP, "shims"), os.path.join(TOP, "suite")
ENVIRONMENT |= {"PATH": SHIMS + os.pathsep + os.environ["PATH"], "HOME": TOP, "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@localhost", "GIT_COMMITTER_NAME": "a",
                "GIT_COMMITTER_EMAIL": "a@localhost"}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def read(*names):
    """What is in a file; of one that is not there, nothing."""
    path = os.path.join(TOP, *names)
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def git(folder, *arguments):
    code, said = done(["git", "-C", folder, *arguments])
    assert code == 0, (arguments, said)
    return said.strip()


def commit(folder, files):
    for path, text in files.items():
        write(os.path.join(folder, path), text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "a change")
    return git(folder, "rev-parse", "HEAD")


# Nothing is installed, from nowhere.
for name in ("apt-get", "sudo", "npm"):
    write(os.path.join(SHIMS, name), "#!/bin/sh\nexit 0\n", 0o755)
# What is cloned as this suite: its scripts/deps knows the groups that ours does, its Makefile what ours can make, and its
# backbench does all but measure; of a run there are the results that are stored in our tree.
write(os.path.join(SUITE, "scripts", "deps"), f"""#!/bin/sh
sh '{SOURCE}/scripts/deps' "$@" >&2
[ $? -ne 2 ]
""")
write(os.path.join(SUITE, "Makefile"), f"""try = $(MAKE) --dry-run -C '{SOURCE}' $@ >/dev/null
all:
	$(try)
build/%: always
	$(try)
.PHONY: all always
""")
write(os.path.join(SUITE, "build", "bin", "backbench"), f"""#!/bin/sh
[ -z "${{ENDS-}}" ] || [ "$1" = run ] || exit "$ENDS"
echo "$*" >>'{TOP}/called'
case $1 in duel | run) '{BACKBENCH}' "$@" --dry-run || exit ;; *) exec '{BACKBENCH}' "$@" ;; esac
[ "$1" = duel ] && exit
for word; do [ "$last" = --results ] && results=$word; last=$word; done
mkdir -p "$results" && cp -R '{SOURCE}/results/golden' "$results/20260131T101500Z-host-$2"
""", 0o755)
git(TOP, "init", "--quiet", SUITE)
commit(SUITE, {})
for name in {VERSION, *pinned}:
    git(SUITE, "tag", name)


def repository(name):
    """Two commits of a server; the first is main's."""
    folder = os.path.join(TOP, name)
    makefile = f"build/server:\n\t@mkdir -p $(@D)\n\tcp '{BIN}/server-epoll' $@\n"
    git(TOP, "init", "--quiet", "--initial-branch", "work", folder)
    first = commit(folder, {"Makefile": makefile, ".gitignore": "/build/\n"})
    git(folder, "update-ref", "refs/remotes/origin/main", first)
    commit(folder, {"README": "It is a server.\n"})
    return folder, first


def called():
    """The command lines that backbench was given since this was asked."""
    lines = read("called").splitlines()
    write(os.path.join(TOP, "called"), "")
    return lines


def checks_shell(sentence, text):
    """As its service starts it, in a container or outside, and as the linter reads it."""
    path = os.path.join(TOP, "text.sh")
    write(path, text)
    code, said = done(["sh", "-n", path])
    if code == 0 and shutil.which("shellcheck"):
        code, said = done(["shellcheck", "--shell=sh", path])
    tap.check(f"{sentence} is sound shell", code == 0, said)


def parts(text, folder, env):
    """Carries out a shell's text as a step of a job. Whether it ended well, and what it said."""
    path = os.path.join(TOP, "step.sh")
    write(path, text)
    return done(["sh", "-e", path], cwd=folder, env=env)


# ---- GitHub --------------------------------------------------------------------------------------------------------------
def take(step, folder):
    """What an action does here: only checkout does anything."""
    options = step.get("with", {})
    if step["uses"].startswith("actions/checkout") and "repository" in options:
        git(folder, "clone", "--quiet", "--branch", options["ref"], SUITE, options["path"])


def carries_out(workflow):
    folder, _ = repository("github-" + workflow["name"])
    env = ENVIRONMENT | {"GITHUB_WORKSPACE": folder, "GITHUB_STEP_SUMMARY": os.path.join(TOP, "summary")}
    called()
    for step in steps_of(workflow):
        if "uses" in step:
            take(step, folder)
            continue
        code, said = parts(step["run"], folder, env)
        if code != 0 or "::warning" in said:
            return folder, f"a step ends with {code}: {step['run']}{said}"
    return folder, None


def runs(workflow):
    return [step["run"] for step in steps_of(workflow) if "run" in step]


for workflow in WORKFLOWS:
    for i, text in enumerate(runs(workflow), 1):
        checks_shell(f"step {i} of the workflow {workflow['name']}", text)
checks_shell("what a container needs", FRAGMENTS[0]["steps"][0]["run"])
duel_workflow, bench_workflow = sorted(WORKFLOWS, key=lambda workflow: workflow["name"], reverse=True)

if HELP["duel"]:
    _, wrong = carries_out(duel_workflow)
    calls = called()
    tap.check("the workflow duel is carried out", wrong is None and len(calls) == 1 and
              calls[0].startswith("duel --base HEAD^1 --head HEAD "), f"{wrong}\n{calls}")
else:
    tap.skip("the workflow duel is carried out", "this backbench has no duel")

folder, wrong = carries_out(bench_workflow)
calls = called()
tap.check("the workflow bench is carried out", wrong is None and [call.split()[0] for call in calls] == ["run", "compare"],
          f"{wrong}\n{calls}")
kept = os.listdir(os.path.join(folder, "cache")) if os.path.isdir(os.path.join(folder, "cache")) else []
summary = read("summary")
tap.check("without a baseline it passes, says so, and keeps what the next one compares with",
          summary.startswith("**No baseline") and kept == ["20260131T101500Z-host-bench"], f"{summary}\n{kept}")
for i in range(25):
    shutil.copytree(os.path.join(folder, "cache", kept[0]), os.path.join(folder, "cache", f"202501{i + 1:02}T101500Z-host-bench"))
shutil.rmtree(os.path.join(folder, "cache", kept[0]))
code, said = parts(runs(bench_workflow)[-1], folder, ENVIRONMENT)
kept_now = sorted(os.listdir(os.path.join(folder, "cache")))
tap.check("of many it keeps the newest twenty", code == 0 and len(kept_now) == 20 and kept_now[-1] == kept[0], f"{said}\n{kept_now}")
code, said = parts(FRAGMENTS[0]["steps"][0]["run"], folder, ENVIRONMENT)
tap.check("what a container needs is carried out", code == 0 and "directory = *" in read(".gitconfig"), said)


def ends_as_told(workflow):
    """A step passes where nothing can be said of the change, and warns; and nowhere else where its command fails."""
    folder, _ = repository("told-" + workflow["name"])
    git(folder, "clone", "--quiet", "--branch", VERSION, SUITE, ".backbench")
    for code in (0, 1, 2, 3, 4, 5, 130):
        write(os.path.join(folder, "build", "server"), "#!/bin/sh\n", 0o755)
        shutil.rmtree(os.path.join(folder, "cache"), ignore_errors=True)
        ended, said = parts(runs(workflow)[-1], folder, ENVIRONMENT | {"ENDS": str(code)})
        if ended != (0 if code in (3, 4) else code) or ("::warning" in said) != (code in (3, 4)):
            return f"after {code} it ends with {ended}: {said}"
    return None


for workflow in WORKFLOWS:
    wrong = ends_as_told(workflow)
    tap.check(f"of {workflow['name']} only 3 and 4 pass, with a warning", wrong is None, wrong)

# ---- GitLab --------------------------------------------------------------------------------------------------------------
GITLAB_SCRIPT = "\n".join(GITLAB_DUEL["before_script"] + GITLAB_DUEL["script"]) + "\n"
checks_shell("the GitLab job", GITLAB_SCRIPT)
variables = GITLAB_DUEL["variables"]
tap.check("it has the whole history", variables["GIT_DEPTH"] == "0")
tap.check("what it keeps for merge requests is what its duel writes",
          f"junit={GITLAB_DUEL['artifacts']['reports']['junit']}" in GITLAB_SCRIPT and
          f"markdown={GITLAB_DUEL['artifacts']['paths'][0]}" in GITLAB_SCRIPT)
if HELP["duel"]:
    folder, first = repository("gitlab")
    called()
    code, said = parts(GITLAB_SCRIPT, folder, ENVIRONMENT | variables | {"BACKBENCH_URL": "file://" + SUITE,
                                                                         "CI_MERGE_REQUEST_DIFF_BASE_SHA": first})
    calls = called()
    tap.check("the GitLab job is carried out", code == 0 and len(calls) == 1 and calls[0].startswith(f"duel --base {first} "),
              f"{said}\n{calls}")
else:
    tap.skip("the GitLab job is carried out", "this backbench has no duel")

# ---- rules and what is accepted ------------------------------------------------------------------------------------------
folder = os.path.join(TOP, "rules")
write(os.path.join(folder, "backbench.ini"), RULES)
write(os.path.join(folder, "accepted.ini"), ACCEPTED)
golden = os.path.join(SOURCE, "results", "golden")
code, said = done([BACKBENCH, "compare", golden, golden, "--accept", "accepted.ini"], cwd=folder)
tap.check("compare takes the rules and what is accepted", code in (0, 3, 4) and "accepted.ini:1: " in said, f"exit {code}\n{said}")
write(os.path.join(folder, "backbench.ini"), RULES.replace("memory", "memry"))
code, said = done([BACKBENCH, "compare", golden, golden], cwd=folder)
tap.check("and reads them: a word that is none is refused", code == 2 and "memry" in said, f"exit {code}\n{said}")
accepted = configparser.ConfigParser()
accepted.read_string(ACCEPTED)
tap.check("what is accepted is an example for long", all(part["until"] > "2090" for name, part in accepted.items()
                                                         if name != "DEFAULT"), ACCEPTED)

# ---- the recipe ------------------------------------------------------------------------------------------------------------
RECIPE = RECIPES[0]
checks_shell("the recipe", RECIPE)
recipe = os.path.join(TOP, "recipe.sh")
write(recipe, RECIPE, 0o755)
folder, first = repository("anywhere")
# Answers at once, whatever it is asked for.
fake_pace = os.path.join(TOP, "fake_pace-bears90000")
os.symlink(os.path.join(TOOLS, "fake_pace"), fake_pace)
SHORT = f"--rate 20k --blocks 1 --no-instructions --no-witness --pace {fake_pace}"


def recipe_ends(expected, sentence, says="", **settings):
    code, said = done([recipe], cwd=folder, env=ENVIRONMENT | {"BACKBENCH": BACKBENCH} | settings)
    tap.check(sentence, code == expected and says in said, f"exit {code}, not {expected}\n{said}")


recipe_ends(2, "the recipe says how to get a history that is not there", "git fetch --unshallow", BASE="nowhere")
if HELP["duel"]:
    recipe_ends(0, "it says what it would measure", DUEL_ARGS="--dry-run")
    recipe_ends(2, "with an option that is none it ends with 2", DUEL_ARGS="--no-such-option")
    recipe_ends(3, "one block says nothing, and it ends with 3", DUEL_ARGS=f"{SHORT} --accept {TOP}/rules/accepted.ini")
    tap.check("what it decided lies where it says",
              all(read(folder, "duel-report", name) for name in ("duel.xml", "duel.md")))
    broken = commit(folder, {"Makefile": "build/server:\n\tfalse\n"})
    recipe_ends(1, "a change that does not build ends with 1", DUEL_ARGS=SHORT)
    recipe_ends(1, "also where what says nothing may pass", DUEL_ARGS=SHORT, LENIENT="1")
    recipe_ends(2, "where neither builds the options are to blame", "neither side builds", BASE=broken, DUEL_ARGS=SHORT)
    git(folder, "checkout", "--", ".")  # what the recipe wrote
    git(folder, "revert", "--no-edit", "HEAD")
    recipe_ends(4, "a base that does not build ends with 4", BASE=broken, DUEL_ARGS=SHORT)
    recipe_ends(0, "which may be let pass", BASE=broken, DUEL_ARGS=SHORT, LENIENT="1")
    recipe_ends(5, "without a generator it ends with 5", DUEL_ARGS=f"--pace {TOP}/nowhere")
else:
    tap.skip("the recipe is carried out", "this backbench has no duel")
tap.end()
