# Backbench: one Makefile, no recursion. `make help` lists the targets, V=1 shows the commands,
# SAN=address,undefined (or thread) builds into a folder of its own, WERROR=1 turns warnings into errors.

VERSION := 0.1.0
PREFIX  ?= /usr/local
CC      ?= cc

BUILD   := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
comma   := ,
BIN     := $(BUILD)/bin
OBJ     := $(BUILD)/obj

ifeq ($(V),)
Q := @
say = @printf '%-5s %s\n' $(1) $(2)
else
Q :=
say = @:
endif

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wvla -Wundef $(if $(WERROR),-Werror)
BASE     := -std=c17 -D_GNU_SOURCE -DBACKBENCH_VERSION='"$(VERSION)"' -pthread $(WARNINGS) \
            $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all)
DEPFLAGS  = -MMD -MP
has       = $(shell pkg-config --exists $(1) 2>/dev/null && echo yes)

# ---- servers: one file is one model -----------------------------------------------------------------------
CORE_OBJ     := $(patsubst %.c,$(OBJ)/%.o,$(wildcard servers/core/*.c servers/http/*.c servers/app/*.c))
MODELS       := $(patsubst servers/%.c,%,$(wildcard servers/*.c))
LIBS_uring   := -luring
NEEDS_uring  := liburing
MISSING      := $(foreach m,$(MODELS),$(if $(NEEDS_$(m)),$(if $(call has,$(NEEDS_$(m))),,$(m))))
# What the loops on io_uring share is linked into those alone.
RING_OBJ     := $(patsubst %.c,$(OBJ)/%.o,$(wildcard servers/uring/*.c))
# The ceiling has an engine of each kind; without liburing, server-ceiling-uring says so and exits 77.
HAS_uring    := $(call has,liburing)
CEILING_OBJ  := $(patsubst %.c,$(OBJ)/%.o,$(filter-out $(if $(HAS_uring),,%/uring.c),$(wildcard servers/ceiling/*.c)))
LIBS_ceiling := $(if $(HAS_uring),-luring)
LIBURING     := $(shell pkg-config --modversion liburing 2>/dev/null)
SERVERS_BIN  := $(patsubst %,$(BIN)/server-%,$(filter-out $(MISSING),$(MODELS)) $(if $(filter ceiling,$(MODELS)),ceiling-uring))

# ---- harness: the backbench command ------------------------------------------------------------------------
HARNESS_SRC  := $(wildcard harness/*.c harness/cmd/*.c harness/check/*.c harness/measure/*.c \
                           harness/analyse/*.c harness/data/*.c harness/present/*.c)
HARNESS_OBJ  := $(patsubst %.c,$(OBJ)/%.o,$(HARNESS_SRC))
HARNESS_LIBS := -ljansson -linih -lgsl -lgslcblas -lm

# ---- tests: every program and script here prints TAP ---------------------------------------------------------
SERVER_TESTS  := $(patsubst %.c,$(BUILD)/tests/%,$(wildcard servers/tests/test_*.c))
HARNESS_TESTS := $(patsubst %.c,$(BUILD)/tests/%,$(wildcard harness/tests/test_*.c))
# Programs the tests use: fake servers and load generators; each one file, no dependency on the product.
TEST_TOOLS    := $(patsubst %.c,$(BUILD)/tests/%,$(filter-out %/test_%.c %/fuzz_%.c,$(wildcard harness/tests/*.c servers/tests/*.c)))
FUZZERS       := $(patsubst %.c,build/fuzz/%,$(wildcard servers/tests/fuzz_*.c))

.SECONDARY: # objects are kept

.PHONY: all
all: $(SERVERS_BIN) $(if $(HARNESS_SRC),$(BIN)/backbench) ## build the servers and the harness
	$(foreach m,$(MISSING),@echo "server-$(m) is left out: $(NEEDS_$(m)) is not installed; scripts/deps installs it")

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(BASE) $(CPPFLAGS) $(CFLAGS) $(DEPFLAGS) -I$(firstword $(subst /, ,$<)) -c -o $@ $<

$(BIN)/server-%: $(OBJ)/servers/%.o $(CORE_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS_$*)

$(OBJ)/servers/uring/%.o: CPPFLAGS += -DLIBURING_VERSION='"$(LIBURING)"'
$(BIN)/server-uring: $(RING_OBJ)
$(BIN)/server-ceiling: $(CEILING_OBJ) $(if $(HAS_uring),$(RING_OBJ))

$(BIN)/server-ceiling-uring: $(BIN)/server-ceiling
	$(call say,LINK,$@)
	$(Q)ln -f $< $@

$(BIN)/backbench: $(HARNESS_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(HARNESS_LIBS)

$(BUILD)/tests/servers/tests/test_%: $(OBJ)/servers/tests/test_%.o $(CORE_OBJ)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka

$(BUILD)/tests/harness/tests/test_%: $(OBJ)/harness/tests/test_%.o $(filter-out %/main.o,$(HARNESS_OBJ))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(HARNESS_LIBS)

$(TEST_TOOLS): $(BUILD)/tests/%: $(OBJ)/%.o
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(BASE) $(CFLAGS) $(LDFLAGS) -o $@ $^

.PHONY: tests
tests: $(SERVER_TESTS) $(HARNESS_TESTS) $(TEST_TOOLS)

.PHONY: unit
unit: tests ## build and run the unit tests only
	@for t in $(SERVER_TESTS) $(HARNESS_TESTS); do $$t || exit 1; done

build/fuzz/%: %.c $(wildcard servers/core/*.[ch] servers/http/*.[ch] servers/app/*.[ch])
	@mkdir -p $(@D)
	$(call say,FUZZ,$@)
	$(Q)clang $(BASE) -O1 -g -fsanitize=fuzzer,address,undefined -Iservers -o $@ $(filter %.c,$^)

.PHONY: fuzzers
fuzzers: $(FUZZERS) ## build the fuzz targets (clang)

.PHONY: format
format: ## format the C sources
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

.PHONY: clean
clean: ## remove what was built
	rm -rf build

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

-include $(shell find build -name '*.d' 2>/dev/null)
