# A thin front of Meson. `make` builds build/wsdx; see README.md for the rest.
BUILD ?= build
PREFIX ?= /usr/local
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debug

.PHONY: all demo test check bench fuzz static install deps pristine format clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

# Meson runs again when the list of sources changes, for it reads the folders.
define configure
	@mkdir -p $(1)
	@tools/sources all > $(1)/sources.now
	@if [ ! -f $(1)/build.ninja ]; then tools/deps build && meson setup $(1) $(2); \
	elif ! cmp -s $(1)/sources.now $(1)/sources.list; then meson setup --reconfigure $(1) > /dev/null; fi
	@mv $(1)/sources.now $(1)/sources.list
endef

.PHONY: $(BUILD)/build.ninja
$(BUILD)/build.ninja:
	$(call configure,$(BUILD),)

# Installs what is missing, builds, and shows a healthy and a broken endpoint of its own.
demo: all
	@tools/demo $(BUILD)/wsdx

# Installs what tests need, builds with sanitizers, runs everything.
test:
	@tools/test

deps:
	@tools/deps build
	@tools/deps test

bench: all
	@bench/run $(BUILD)/wsdx
	@bench/serve $(BUILD)/wsdx
	@bench/broadcast $(BUILD)/wsdx

fuzz:
	@tools/fuzz

# A binary that starts anywhere: no libc on the other side.
static:
	$(call configure,build-static,-Dstatic_libc=true -Dbuildtype=release)
	@ninja -C build-static wsdx
	@ls -l build-static/wsdx

install: all
	@meson install -C $(BUILD) --no-rebuild

# Follows the README in a fresh Debian root of its own.
pristine:
	@tools/pristine

format:
	@git ls-files 'src/*.[ch]' 'test/*.[ch]' 'fuzz/*.[ch]' | xargs clang-format -i

clean:
	rm -rf build build-*
