# shellcheck shell=bash
# Builds a jar when it is missing or older than what it is made of. Sourced; needs ROOT and lib/jdk.sh.

# is_stale JAR MODULE...: whether JAR is missing or older than the sources of one of the MODULEs it is made of. Folders
# count too: deleting a source file changes only its folder.
is_stale() {
  local jar="$1" module
  shift
  [ -f "$jar" ] || return 0
  [ -z "$(find "$ROOT/pom.xml" "$ROOT/.mvn" -newer "$jar")" ] || return 0
  for module in "$@"; do
    [ -z "$(find "$ROOT/$module/pom.xml" "$ROOT/$module/src/main" -newer "$jar")" ] || return 0
  done
  return 1
}

# build_if_stale JAR MODULE...: brings JAR up to date; the first MODULE is the one that makes it. Quiet: nothing goes to
# standard output, and Maven's own words are shown only when the build fails.
build_if_stale() {
  is_stale "$@" || return 0
  need_maven
  # Two scripts may be started at once: the second one waits here, and then finds the jar made.
  exec 9<"$ROOT/pom.xml"
  if command -v flock >/dev/null 2>&1; then
    flock 9
  fi
  if is_stale "$@"; then
    build_quietly "$1" "$2"
  fi
  exec 9<&-
}

# build_quietly JAR MODULE
build_quietly() {
  local jar="$1" module="$2" log
  log="$(mktemp "${TMPDIR:-/tmp}/sluice-build.XXXXXX")"
  echo "Building $module; the first time this takes a minute or two." >&2
  # Removed, not overwritten: a gateway that runs from the old jar keeps it open and goes on undisturbed.
  rm -f "$jar"
  if ! (cd "$ROOT" && mvn -q -B -ntp -Dmaven.test.skip=true -pl "$module" -am package) >"$log" 2>&1 9<&- </dev/null; then
    cat "$log" >&2
    echo "The build of $module failed; the output above is also in $log." >&2
    exit 1
  fi
  if [ ! -f "$jar" ]; then
    echo "The build of $module ended well but left no $jar; its output is in $log." >&2
    exit 1
  fi
  rm -f "$log"
}
