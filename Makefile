# Backbench: one Makefile, no recursion. `make help` lists the targets and the variables.

VERSION := 0.1.0
PREFIX  ?= /usr/local
CC      ?= cc
JOBS    ?= $(shell nproc 2>/dev/null || echo 1)
MAKEFLAGS += -j$(JOBS) --no-builtin-rules

comma   := ,
empty   :=
space   := $(empty) $(empty)
BUILD   := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
BIN     := $(BUILD)/bin
OBJ     := $(BUILD)/obj
TESTS   := $(BUILD)/tests

ifeq ($(V),)
Q := @
say = @printf '%-5s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

# ---- what the system must have: before anything else, because it decides what is built ---------------------
# Installed while make reads this file, so that the questions asked of pkg-config below see what is there.
DEPS_GROUPS := $(sort $(if $(filter test unit endure,$(MAKECMDGOALS)),test) $(if $(filter fuzz fuzzers,$(MAKECMDGOALS)),fuzz) \
                 $(if $(filter lint format,$(MAKECMDGOALS)),lint) \
                 $(if $(filter duel,$(MAKECMDGOALS)),duel) $(if $(filter duel instructions instructions-budget pace-instructions models-doc,$(MAKECMDGOALS)),profile) $(if $(filter clean-room,$(MAKECMDGOALS)),clean-room))
ifneq ($(filter bench quick scale latency check duel pace-resolution pace-capacity,$(MAKECMDGOALS))$(DEPS_GROUPS),)
$(shell sh scripts/deps $(DEPS_GROUPS) >&2)
ifneq ($(.SHELLSTATUS),0)
$(error scripts/deps could not provide what this needs; it said above what to type)
endif
endif

has = $(shell pkg-config --exists '$(1)' 2>/dev/null && echo yes)

# Plain `make` installs nothing; it says so before the compiler stumbles over a header.
ifeq ($(filter clean help format lint uninstall clean-room,$(MAKECMDGOALS)),)
ifeq ($(call has,jansson inih gsl libcrypto luajit zlib),)
$(error libraries that the harness is built on are missing; this installs them: sh scripts/deps)
endif
endif

# Sanitizers see what is done before it is optimised, and compile twice as fast at -O1.
CFLAGS   ?= $(if $(SAN),-O1,-O3) -g
# The servers are optimised across files. The objects are fat, so that tests link them as they are.
LTO      ?= $(if $(SAN),,-flto=auto -ffat-lto-objects -ffunction-sections)
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wundef $(if $(WERROR),-Werror)
COMMON   := -std=c17 -D_GNU_SOURCE -DBACKBENCH_VERSION='"$(VERSION)"' -pthread $(WARNINGS) -MMD -MP
SANITIZE := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
# Includes start at servers/ or harness/: the two share no header.
compile   = $(COMMON) -I$(firstword $(subst /, ,$(1)))
reverse   = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
objects   = $(patsubst %.c,$(OBJ)/%.o,$(1))

# ---- servers: one file is one model -------------------------------------------------------------------------
CORE_SRC     := $(wildcard servers/core/*.c servers/http/*.c servers/app/*.c servers/upstream/*.c)
CORE_OBJ     := $(call objects,$(CORE_SRC))
MODELS       := $(patsubst servers/%.c,%,$(wildcard servers/*.c))
NEEDS_uring  := liburing >= 2.2
LIBS_uring   := -luring
NEEDS_mhd    := libmicrohttpd >= 0.9.75
LIBS_mhd     := -lmicrohttpd
HAS_uring    := $(call has,$(NEEDS_uring))
NEEDS_uv     := libuv >= 1.42
LIBS_uv      := -luv
# A model whose library is missing is left out, with one line.
MISSING      := $(foreach m,$(MODELS),$(if $(NEEDS_$(m)),$(if $(call has,$(NEEDS_$(m))),,$(m))))
BUILT        := $(filter-out $(MISSING),$(MODELS))
# A model that is more than a file has a folder of its name, which is linked into it alone.
folder_objects = $(call objects,$(wildcard servers/$(1)/*.c))
# The ceiling has an engine of each kind in one file with two names, so that a server is always one path. Without
# liburing, server-ceiling-uring says so and exits 77.
LIBURING     := $(shell pkg-config --modversion liburing 2>/dev/null)
CEILING_OBJ  := $(call objects,$(filter-out $(if $(HAS_uring),,%/uring.c),$(wildcard servers/ceiling/*.c)))
LIBS_ceiling := $(if $(HAS_uring),$(LIBS_uring))
# The self-check's second copy of the reference: the same objects linked in another order, and their functions sorted
# by name, because LTO forgets the objects' order; so that what the layout of code does to speed is inside the
# self-check (Mytkowicz et al., ASPLOS 2009).
RELINKED     := $(if $(filter epoll,$(BUILT)),$(BIN)/relinked/server-epoll)
SERVERS_BIN  := $(patsubst %,$(BIN)/server-%,$(BUILT) $(if $(filter ceiling,$(BUILT)),ceiling-uring) \
                   $(if $(filter mhd,$(BUILT)),mhd-thread)) $(RELINKED)

# ---- harness: the backbench command -------------------------------------------------------------------------
HARNESS_SRC  := $(wildcard harness/*.c harness/cmd/*.c harness/check/*.c harness/sources/*.c \
                           harness/measure/*.c harness/analyse/*.c harness/data/*.c harness/present/*.c)
HARNESS_OBJ  := $(call objects,$(HARNESS_SRC))
HARNESS_LIBS := -ljansson -linih -lgsl -lgslcblas -lcrypto -lz -lm
HARNESS_BIN  := $(if $(HARNESS_SRC),$(BIN)/backbench)

# ---- pace: the open-loop generator, a program of its own ------------------------------------------------------
PACE_SRC     := $(wildcard harness/pace/*.c)
PACE_OBJ     := $(call objects,$(PACE_SRC) $(wildcard harness/analyse/stats.c harness/data/*.c))
PACE_LIBS    := -lluajit-5.1
# Counts what it allocates: pace/allocations.c.
PACE_WRAP    := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
LUAJIT_CFLAGS := $(shell pkg-config --cflags luajit 2>/dev/null)
PACE_BIN     := $(if $(filter %/main.c,$(PACE_SRC)),$(BIN)/pace)
PROGRAMS     := $(SERVERS_BIN) $(HARNESS_BIN) $(PACE_BIN)
# A result records which revision measured it, and how that was compiled; host.c is compiled again when it changes.
REVISION     := $(if $(wildcard .git),$(shell git rev-parse --short=12 HEAD 2>/dev/null)$(if \
                  $(shell git status --porcelain -uno 2>/dev/null),-dirty))
BUILD_FACTS   = -DBACKBENCH_REVISION='"$(REVISION)"' -DBACKBENCH_CFLAGS='"$(strip $(CFLAGS) $(LTO) $(SANITIZE))"'

# ---- tests: every program and script here prints TAP ----------------------------------------------------------
# Those of what only one model uses need its library.
UV_TESTS      := $(TESTS)/servers/tests/test_turns $(TESTS)/servers/tests/test_watch
SERVER_TESTS  := $(filter-out $(if $(filter uv,$(BUILT)),,$(UV_TESTS)),\
                   $(patsubst %.c,$(TESTS)/%,$(wildcard servers/tests/test_*.c)))
HARNESS_TESTS := $(patsubst %.c,$(TESTS)/%,$(wildcard harness/tests/test_*.c))
UNIT_TESTS    := $(SERVER_TESTS) $(HARNESS_TESTS)
SCRIPT_TESTS  := $(wildcard $(patsubst %,%/tests/test_*.sh,servers harness scripts) \
                            $(patsubst %,%/tests/test_*.py,servers harness scripts))
# The layers are checked with the tests.
SCRIPT_TESTS  += scripts/check-layers
# What takes minutes: faults and crowds against every model.
ENDURE_TESTS  := $(sort $(wildcard servers/tests/endure/endure_*.sh servers/tests/endure/endure_*.py))
# A library for LD_PRELOAD, and no program.
BETWEEN       := harness/tests/disturbed.c
# What the tests use: fake servers and load generators; but for HARNESS_TOOLS, none depends on the product.
TEST_TOOLS    := $(patsubst %.c,$(TESTS)/%,$(filter-out $(foreach t,servers harness,$(t)/tests/test_% $(t)/tests/fuzz_%),\
                   $(filter-out $(BETWEEN),$(wildcard harness/tests/*.c servers/tests/*.c))))
# Lie between a server and libc.
FAULTS        := $(TESTS)/servers/tests/endure/faults.so
DISTURBED     := $(BETWEEN:%.c=$(TESTS)/%.so)
# What compares with a second parser needs its library, which has no pkg-config file everywhere.
HTTP_PARSER   := $(wildcard /usr/include/http_parser.h /usr/local/include/http_parser.h)
SECOND_OPINION := build/fuzz/servers/subset build/fuzz/harness/answer_subset
# build/fuzz/TREE/NAME of TREE/tests/fuzz_NAME.c
fuzzer         = $(patsubst %.c,build/fuzz/%,$(subst /tests/fuzz_,/,$(1)))
FUZZ_SRC      := $(wildcard servers/tests/fuzz_*.c harness/tests/fuzz_*.c)
FUZZERS       := $(filter-out $(if $(HTTP_PARSER),,$(SECOND_OPINION)),$(call fuzzer,$(FUZZ_SRC)))
FUZZ_FLAGS    := -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS  ?= 60

C_FILES       := $(sort $(wildcard $(foreach d,servers harness,$(d)/*.[ch] $(d)/*/*.[ch] $(d)/tests/*/*.[ch]) \
                   scripts/*.c))
SH_FILES      := $(sort $(filter-out %.awk %.c scripts/tests,$(wildcard scripts/*[!k]) $(wildcard */tests/*.sh servers/external/*.sh \
                   servers/external/*/run) .ci/run))

.PHONY: all
all: $(PROGRAMS) ## build the servers and the harness
	@$(foreach m,$(MISSING),echo "server-$(m) is left out: it needs $(NEEDS_$(m)); sh scripts/deps installs it";):

# ---- the two commands, and their sisters ----------------------------------------------------------------------
list   = $(subst $(space),$(comma),$(strip $(1)))
# What is typed and empty, as SERVERS="$X" without an X, is passed on, and refused there: it would measure all.
given  = $(if $($(1))$(filter command,$(firstword $(origin $(1)))),$(2) '$(call list,$($(1)))')
CHOICE = $(call given,SERVERS,--servers) $(call given,WORKLOADS,--workloads)
NEWEST = $(patsubst %/result.json,%,$(lastword $(sort $(wildcard results/[0-9]*/result.json))))

.PHONY: bench quick
bench quick: all ## measure every server and write the report (quick: one short look)
	$(Q)$(BIN)/backbench run $@ $(CHOICE) $(BENCH_ARGS)

.PHONY: scale
scale: all ## draw cost, throughput and memory against 1 to 10,000 connections (10 to 13 minutes)
	$(Q)$(BIN)/backbench run $@ $(CHOICE) $(BENCH_ARGS)

.PHONY: latency
latency: all ## draw latency against rate, and find the highest rate with p99 within 5 ms (4 minutes a server)
	$(Q)$(BIN)/backbench run $@ $(CHOICE) $(BENCH_ARGS)

.PHONY: consistency
consistency: all ## see whether memory, cost and latency stay what they are (4 minutes a server, 8 more for one that grows)
	$(Q)$(BIN)/backbench run $@ $(CHOICE) $(BENCH_ARGS)

.PHONY: soak
soak: all ## the same under a steady load for hours (an hour for epoll, then uring; BENCH_ARGS="--duration 8h")
	$(Q)$(BIN)/backbench run $@ $(CHOICE) $(BENCH_ARGS)

# BASE and HEAD are revisions, folders, executables or servers that backbench list names.
BASE ?= main
.PHONY: duel
duel: all ## is HEAD= (as the files are now) worse than BASE= (main)? Builds and measures both, fails if so (7 to 12 minutes)
	$(Q)$(BIN)/backbench duel --base '$(BASE)' $(if $(HEAD),--head '$(HEAD)') $(if $(SERVER),--server '$(SERVER)') \
	    $(call given,WORKLOADS,--workloads) $(DUEL_ARGS)

.PHONY: test
test: all tests ## run every test; the last line counts passed, failed and skipped
	$(Q)sh scripts/run-tests -b $(BUILD) $(UNIT_TESTS) $(SCRIPT_TESTS)

.PHONY: unit
unit: tests ## run the unit tests only
	$(Q)sh scripts/run-tests -b $(BUILD) $(UNIT_TESTS)

.PHONY: endure
endure: all tests $(FAULTS) ## let every server endure slow, rude and many clients, and faults (15 minutes)
	$(Q)sh scripts/run-tests -b $(BUILD) $(ENDURE_TESTS)

.PHONY: check
check: all ## ask every server whether it speaks HTTP as it must
	$(Q)$(BIN)/backbench check $(subst $(comma),$(space),$(SERVERS))

# Counted, not timed: they may run beside other work, though they then take longer.
INSTRUCTIONS := servers/instructions.budget
COUNTED      = $(if $(WORKLOADS),--workloads $(call list,$(WORKLOADS))) $(subst $(comma),$(space),$(SERVERS))

.PHONY: instructions
instructions: all ## count the instructions of a request, compare with servers/instructions.budget
	$(Q)$(BIN)/backbench profile --budget $(INSTRUCTIONS) $(COUNTED)

.PHONY: instructions-budget
instructions-budget: all ## count them and write that budget anew
	$(Q)$(BIN)/backbench profile --write-budget $(INSTRUCTIONS) $(COUNTED)

.PHONY: models-doc
models-doc: all ## count what requests cost and write the measured tables of docs/models.md anew
	$(Q)$(BIN)/backbench profile --rewrite docs/models.md $(COUNTED)

# Against a server whose behaviour is known by arithmetic (harness/tests/known_server.c).
KNOWN = BACKBENCH_SOURCE=$(CURDIR) BACKBENCH_BIN=$(CURDIR)/$(BIN) BACKBENCH_TOOLS=$(CURDIR)/$(TESTS)/harness/tests

.PHONY: pace-calibrate
pace-calibrate: $(PACE_BIN) $(addprefix $(TESTS)/harness/tests/,known_server schedule_times) ## hold pace against queueing theory, write docs/pace-calibration.md anew (5 minutes)
	$(Q)$(KNOWN) python3 harness/tests/calibrate_pace.py

# Real runs that are missing are made if RUNS says how many there are to be; at once, if JOBS is said for them.
AT_ONCE     = $(if $(filter command,$(origin JOBS)),--jobs '$(JOBS)')
CALIBRATION = $(addprefix $(TESTS)/harness/tests/,simulate_flatness judge_flatness growing_server) \
              $(if $(RUNS),$(HARNESS_BIN) $(PACE_BIN))

.PHONY: calibrate-flatness
calibrate-flatness: $(CALIBRATION) ## see how often the flatness verdict is wrong, write docs/calibration-flatness.md anew (2 minutes; with RUNS=20 JOBS=6 40 more)
	$(Q)$(KNOWN) python3 harness/tests/calibrate_flatness.py $(if $(RUNS),--runs '$(RUNS)') $(AT_ONCE)

# Blocks that are missing are measured if BUDGET says for how long.
DUEL_TOOLS = $(addprefix $(TESTS)/harness/tests/,judge_duel $(if $(BUDGET),competitor duel_blocks)) \
          $(if $(BUDGET),$(DISTURBED) $(HARNESS_BIN) $(PACE_BIN) $(BIN)/server-epoll)

.PHONY: calibrate-duel
calibrate-duel: $(DUEL_TOOLS) ## see how often a duel is wrong, write docs/calibration-duel.md anew (seconds; with BUDGET=60m it measures blocks first)
	$(Q)$(KNOWN) python3 harness/tests/calibrate_duel.py $(if $(BUDGET),--budget '$(BUDGET)')

.PHONY: calibrate-counts
calibrate-counts: $(BIN)/server-epoll $(addprefix $(TESTS)/harness/tests/,competitor count_duel heavier) ## see how often the gate on instructions is wrong (a quarter of an hour; calibrate-duel writes the page)
	$(Q)$(KNOWN) python3 harness/tests/calibrate_counts.py

.PHONY: latency-doc
latency-doc: $(PACE_BIN) $(TESTS)/harness/tests/known_server ## measure the servers of docs/latency.md with wrk and pace, write it anew (3 minutes)
	$(Q)$(KNOWN) python3 harness/tests/latency_doc.py

# Of pace itself; what is whole writes its table of docs/pace-resolution.md. Shorter: SECONDS= of a run, PACE_ARGS=.
OF_PACE = BACKBENCH_SOURCE=$(CURDIR) BACKBENCH_BIN=$(CURDIR)/$(BIN) python3 harness/tests/$(subst -,_,$@).py \
            $(if $(SECONDS),--seconds $(SECONDS)) $(PACE_ARGS)
PACE_AND = $(PACE_BIN) $(BIN)/server-

.PHONY: pace-resolution
pace-resolution: $(PACE_AND)epoll ## compare equal servers by pace, one after the other, and by wrk: how small a difference shows (15 minutes)
	$(Q)$(OF_PACE)

.PHONY: pace-capacity
pace-capacity: $(PACE_AND)ceiling ## how many requests a second one CPU of pace makes, and one of wrk (5 minutes)
	$(Q)$(OF_PACE)

.PHONY: pace-lateness
pace-lateness: $(PACE_AND)epoll ## how late pace is at 20,000/s, and whether it says so (2 to 5 minutes)
	$(Q)$(OF_PACE)

.PHONY: pace-instructions
pace-instructions: $(PACE_AND)epoll ## count the instructions of a request in pace itself; above 1,500 it fails (10 seconds)
	$(Q)$(OF_PACE)

.PHONY: pace-soak
pace-soak: $(PACE_AND)epoll ## let pace run for SECONDS= (3600) and watch its memory
	$(Q)$(OF_PACE)

.PHONY: sampler-cost
sampler-cost: $(PACE_AND)epoll $(TESTS)/harness/tests/sampling ## what ten samples a second cost, and whether the server feels them (a minute and a half)
	$(Q)BACKBENCH_SOURCE=$(CURDIR) BACKBENCH_BIN=$(CURDIR)/$(BIN) BACKBENCH_TOOLS=$(CURDIR)/$(TESTS)/harness/tests \
	    python3 harness/tests/sampler_cost.py $(if $(SECONDS),--seconds $(SECONDS)) $(PACE_ARGS)

.PHONY: memory-accounts
memory-accounts: $(SERVERS_BIN) $(TESTS)/harness/tests/memory_accounts ## do PSS and the kernel's share add up to what the machine lost? thread beyond ceiling, PAIRS= (12) of them (40 seconds)
	$(Q)$(TESTS)/harness/tests/memory_accounts $(BIN) $(PAIRS)

RESULT ?= $(NEWEST)
.PHONY: report
report: all ## render the report of RESULT= again (default: the newest)
	$(if $(RESULT),,$(error there is no result yet: make bench))
	$(Q)$(BIN)/backbench report $(RESULT)

# ---- how things are built -------------------------------------------------------------------------------------
.SECONDARY: # keep what pattern rules make on the way

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(call compile,$<) $(SANITIZE) $(CPPFLAGS) $(CFLAGS) $(ACROSS) -c -o $@ $<

$(OBJ)/servers/%.o: ACROSS = $(LTO)
$(OBJ)/servers/tests/%.o: ACROSS =
# What tests and is not tested: half the time to compile.
$(OBJ)/servers/tests/test_%.o $(OBJ)/harness/tests/test_%.o: CFLAGS := $(CFLAGS:-O3=-O1)

link = $(CC) -pthread $(SANITIZE) $(CFLAGS) $(LDFLAGS) -o $@

$(OBJ)/harness/measure/host.o: CPPFLAGS += $(BUILD_FACTS)
$(OBJ)/harness/measure/host.o: $(OBJ)/build-facts
.PHONY: always
$(OBJ)/build-facts: always
	@mkdir -p $(@D)
	@echo "$(BUILD_FACTS)" | cmp -s - $@ || echo "$(BUILD_FACTS)" >$@

$(BIN)/server-%: $(OBJ)/servers/%.o $(CORE_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $(LTO) $^ $(LIBS_$*)

$(BIN)/relinked/server-%: $(OBJ)/servers/%.o $(CORE_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $(LTO) -Wl,--sort-section=name $(call reverse,$^) $(LIBS_$*)

$(OBJ)/servers/uring/%.o: CPPFLAGS += -DLIBURING_VERSION='"$(LIBURING)"'
# Relinked copies are made of whatever model is asked for by its file; only the reference's is among PROGRAMS.
named = $(BIN)/server-$(1) $(BIN)/relinked/server-$(1)
$(foreach m,$(filter-out ceiling,$(MODELS)),$(eval $(call named,$(m)): $(call folder_objects,$(m))))
$(call named,ceiling): $(CEILING_OBJ) $(if $(HAS_uring),$(call folder_objects,uring))

# One file with two names, as the ceiling.
$(BIN)/server-mhd-thread: $(BIN)/server-mhd
	$(call say,LINK,$@)
	$(Q)ln -f $< $@

$(BIN)/server-ceiling-uring: $(BIN)/server-ceiling
	$(call say,LINK,$@)
	$(Q)ln -f $< $@

$(BIN)/backbench: $(HARNESS_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $^ $(HARNESS_LIBS)

$(OBJ)/harness/pace/%.o $(OBJ)/harness/tests/%.o: CPPFLAGS += $(LUAJIT_CFLAGS)
$(BIN)/pace: LDFLAGS += $(PACE_WRAP)
$(BIN)/pace: $(PACE_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $^ $(PACE_LIBS) $(HARNESS_LIBS)

# Tests take from an archive what they name, and never the product's main.
$(BUILD)/libservers.a: $(CORE_OBJ) $(call folder_objects,thread) $(call folder_objects,pool) \
                       $(OBJ)/servers/ceiling/answers.o $(OBJ)/servers/mhd/seen.o \
                       $(OBJ)/servers/mhd/sleepers.o $(OBJ)/servers/uring/blocks.o
$(BUILD)/libharness.a: $(filter-out %/main.o,$(HARNESS_OBJ) $(PACE_OBJ))
$(BUILD)/lib%.a:
	@rm -f $@
	$(Q)ar qcs $@ $^

$(UV_TESTS): TEST_OBJ = $(call folder_objects,uv)
$(UV_TESTS): TEST_LIBS = $(LIBS_uv)
$(UV_TESTS): $(call folder_objects,uv)
$(SERVER_TESTS): $(TESTS)/%: $(OBJ)/%.o $(BUILD)/libservers.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $(if $(LTO),-fno-lto) $(TEST_OBJ) $(filter-out $(TEST_OBJ),$^) -lcmocka $(TEST_LIBS)

# Counts what the connection core allocates and cancels.
$(TESTS)/servers/tests/test_conn_memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=realloc,--wrap=free,--wrap=app_cancel

$(HARNESS_TESTS): LDFLAGS += $(PACE_WRAP)
$(HARNESS_TESTS): $(TESTS)/%: $(OBJ)/%.o $(BUILD)/libharness.a
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $^ -lcmocka $(PACE_LIBS) $(HARNESS_LIBS)

# Counts what is allocated once a window is open.
$(TESTS)/harness/tests/test_pace_memory: LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray

# Lets the machine stand still while answers are waited for.
$(TESTS)/harness/tests/test_check_standstill: LDFLAGS += -Wl,--wrap=ppoll

# Keeps the harness from the CPU between two looks at a server's pipes.
$(TESTS)/harness/tests/test_server: LDFLAGS += -Wl,--wrap=process_drain

$(TESTS)/harness/tests/broken_server: $(call objects,$(wildcard harness/tests/broken/*.c))
$(TESTS)/harness/tests/known_server: $(call objects,$(wildcard harness/tests/known/*.c))
$(TESTS)/harness/tests/fake_server: $(call objects,$(wildcard harness/tests/fake/*.c))
$(TESTS)/harness/tests/growing_server: $(call objects,$(wildcard harness/tests/growing/*.c))
$(TESTS)/harness/tests/judge_duel: $(call objects,$(wildcard harness/tests/drawn/*.c))
# Tools of the harness itself; the simulation has the product's own verdict, not a copy of it.
HARNESS_TOOLS = $(addprefix $(TESTS)/harness/tests/,sampling memory_accounts simulate_flatness judge_flatness judge_duel duel_blocks \
                  schedule_times made_result find_side count_duel)
$(HARNESS_TOOLS): TOOL_LIBS = $(HARNESS_LIBS)
$(filter-out %/simulate_flatness,$(HARNESS_TOOLS)): $(BUILD)/libharness.a
$(TESTS)/harness/tests/simulate_flatness: $(call objects,harness/analyse/flatness.c harness/analyse/stats.c \
                                            harness/data/strings.c harness/pace/random.c)
$(TESTS)/harness/tests/competitor: TOOL_LIBS = -lm
# The server itself, and a send(2) before the C library's.
$(TESTS)/harness/tests/heavier: $(OBJ)/servers/epoll.o $(CORE_OBJ) $(call folder_objects,epoll)
$(TESTS)/harness/tests/heavier: TOOL_LIBS = $(LTO) $(LIBS_epoll)
$(TEST_TOOLS): $(TESTS)/%: $(OBJ)/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(link) $^ $(TOOL_LIBS)

# Without sanitizers, which its server may have.
$(FAULTS) $(DISTURBED): $(TESTS)/%.so: %.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(call compile,$<) $(CFLAGS) -fPIC -shared -o $@ $<

.PHONY: tests
tests: $(UNIT_TESTS) $(TEST_TOOLS) $(FAULTS) $(DISTURBED)

# ---- fuzzing: the same sources under clang's libFuzzer ----------------------------------------------------------
build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)clang $(call compile,$<) $(FUZZ_FLAGS) $(CPPFLAGS) -c -o $@ $<

build/fuzz/obj/harness/pace/%.o: CPPFLAGS += $(LUAJIT_CFLAGS)
build/fuzz/libservers.a: $(patsubst %.c,build/fuzz/obj/%.o,$(filter-out %/main.c,$(CORE_SRC)))
build/fuzz/libharness.a: $(patsubst $(OBJ)/%,build/fuzz/obj/%,$(filter-out %/main.o,$(PACE_OBJ) $(call objects,$(wildcard harness/analyse/*.c))))
build/fuzz/lib%.a:
	@rm -f $@
	$(Q)ar qcs $@ $^

build/fuzz/harness/%: FUZZ_LIBS = $(PACE_LIBS) $(HARNESS_LIBS)
$(foreach f,$(FUZZ_SRC),$(eval $(call fuzzer,$(f)): build/fuzz/obj/$(f:.c=.o) build/fuzz/lib$(firstword $(subst /, ,$(f))).a))
$(FUZZERS):
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)clang $(FUZZ_FLAGS) -pthread -o $@ $^ $(if $(filter $@,$(SECOND_OPINION)),-lhttp_parser) $(FUZZ_LIBS)

.PHONY: fuzzers
fuzzers: $(FUZZERS) ## build the fuzz targets (clang)
	@$(if $(HTTP_PARSER),,echo "$(notdir $(SECOND_OPINION)) are left out: they need libhttp-parser; sh scripts/deps fuzz installs it";):

.PHONY: fuzz
fuzz: fuzzers ## run each fuzz target for FUZZ_SECONDS= (default 60)
	$(Q)sh scripts/fuzz $(FUZZ_SECONDS) $(JOBS) $(FUZZERS)

# ---- form -------------------------------------------------------------------------------------------------------
.PHONY: format
format: ## format the C sources
	$(Q)clang-format -i $(C_FILES)

# It reads no system headers, so jansson's loops are told to it.
CPPCHECK := cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
            -D_GNU_SOURCE -DBACKBENCH_VERSION='""' \
            -D'json_array_foreach(a,i,v)=while ((v = json_array_get(a, i)) != 0)' \
            -D'json_object_foreach(o,k,v)=while ((v = json_object_get(o, k)) != 0)'

# clang-format leaves comments as they are. Characters are counted, not bytes; tables that it is switched off for may be wider.
define TOO_WIDE
FNR == 1 || /clang-format on/ { counts = 1 }
/clang-format off/ { counts = 0 }
{ gsub(/[\200-\277]/, "") }
counts && length > 100 { print FILENAME ":" FNR ": wider than 100 columns"; found = 1 }
END { exit found }
endef
export TOO_WIDE

# The two trees share no C, so that nothing is seen across them; each is read as a whole.
LINTED := lint-servers lint-harness
.PHONY: lint lint-form $(LINTED)
lint: lint-form $(LINTED) ## check the form of C and scripts, and what static analysis finds
lint-form:
	$(Q)clang-format --dry-run -Werror $(C_FILES)
	$(Q)LC_ALL=C awk "$$TOO_WIDE" $(C_FILES)
	$(Q)shellcheck -x $(SH_FILES)
$(LINTED): lint-%:
	$(Q)$(CPPCHECK) -I$* $(filter $*/%.c,$(C_FILES))

# ---- a place in the system --------------------------------------------------------------------------------------
# Where paths_find (harness/data/paths.c) looks when the binary is not in a source tree.
ROOT  = $(DESTDIR)$(PREFIX)
SHARE = $(ROOT)/share/backbench
DOC   = $(ROOT)/share/doc/backbench

.PHONY: install
install: all ## install below PREFIX= (default /usr/local) and DESTDIR=
	$(Q)install -d $(ROOT)/bin $(ROOT)/libexec/backbench/relinked $(DOC)/docs \
	    $(addprefix $(SHARE)/,workloads experiments conformance report lua external)
	$(Q)install $(HARNESS_BIN) $(PACE_BIN) $(ROOT)/bin
	$(Q)install $(filter $(BIN)/server-%,$(SERVERS_BIN)) $(ROOT)/libexec/backbench
	$(Q)install $(RELINKED) $(ROOT)/libexec/backbench/relinked
	$(Q)install -m 644 workloads/*.lua $(SHARE)/workloads
	$(Q)install -m 644 harness/experiments/*.ini $(SHARE)/experiments
	$(Q)install -m 644 servers/tests/conformance/*.case $(SHARE)/conformance
	$(Q)install -m 644 $(wildcard report/*.*) $(SHARE)/report
	$(Q)install -m 644 $(wildcard harness/measure/*.lua harness/measure/lua/*.lua) $(SHARE)/lua
	$(Q)cp -R servers/external/. $(SHARE)/external
	$(Q)install -m 644 $(wildcard *.md) LICENSE $(DOC)
	$(Q)install -m 644 docs/*.md $(DOC)/docs

.PHONY: uninstall
uninstall: ## remove what install has put there
	$(Q)rm -rf $(ROOT)/bin/backbench $(ROOT)/bin/pace $(ROOT)/libexec/backbench $(SHARE) $(DOC)

.PHONY: sabotage
sabotage: all ## kill the harness, servers and generators at 60 random moments, and go on with a run after 20 kills (12 minutes)
	$(Q)sh harness/tests/sabotage.sh 60
	$(Q)sh harness/tests/test_resume.sh 20

.PHONY: clean-room
clean-room: ## prove both commands on a bare Debian (root; scripts/clean-room says how)
	$(Q)sh scripts/clean-room

.PHONY: clean
clean: ## remove what was built
	$(Q)rm -rf build

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z -]*:.*## / { printf "  %-19s %s\n", $$1, $$2 }' Makefile
	@printf '%s\n' '' 'variables:' \
	    '  SERVERS= WORKLOADS=   only these, for bench, quick, scale, latency, consistency, soak, check and what is counted: make bench SERVERS="epoll uring"' \
	    '  BENCH_ARGS=           further options of backbench run, as in BENCH_ARGS="--budget 5m"' \
	    '  RUNS=                 of calibrate-flatness: make what is missing of so many real runs first, with JOBS= at a time (1)' \
	    '  BUDGET=               of calibrate-duel: measure what is missing of its blocks first, for so long: BUDGET=60m' \
	    '  PACE_ARGS= SECONDS=   shorter runs of pace-resolution and its like, which write no page: PACE_ARGS="--pairs 2"' \
	    '  SAN=address,undefined build and test with sanitizers, in a folder of its own (also SAN=thread)' \
	    '  LTO=                  build the servers without link-time optimisation' \
	    '  WERROR=1              warnings are errors' '  V=1                   show the commands' \
	    '  JOBS=N                at most N commands at once'

-include $(shell find $(OBJ) build/fuzz/obj -name '*.d' 2>/dev/null)
