# shellcheck shell=bash
# The cache of classes and profiles with which a gateway starts sooner and needs less memory. Sourced; needs lib/jdk.sh
# and lib/jvm.sh. On Java 25 and newer it is an AOT cache (JEP 514 and 515), before that a CDS archive of classes alone.
#
# It is made by a rehearsal: the gateway serves itself for a few seconds and the JVM records what that took. It belongs to
# one jar, one JVM and one set of flags; the JVM looks at all of that and starts without a cache that does not fit.

# cache_flags CACHE MAJOR: adds to JVM_FLAGS what makes the JVM use CACHE, when it is there.
cache_flags() {
  [ -s "$1" ] || return 0
  if [ "$2" -ge 25 ]; then
    JVM_FLAGS+=("-XX:AOTCache=$1")
  else
    JVM_FLAGS+=("-XX:SharedArchiveFile=$1")
  fi
  # At the address it was made for: moved, each of its pages would be changed and become this process's own.
  JVM_FLAGS+=(-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0)
}

# cache_stamp JAR: what a cache belongs to besides the jar's time. The JVM compares the jar itself.
cache_stamp() {
  # shellcheck disable=SC2012
  ls -lnL "$1" | awk '{print $5}'
  cat "$JAVA_HOME/release" 2>/dev/null || "$JAVA_HOME/bin/java" -version 2>&1
}

# is_cache_stale CACHE JAR: whether CACHE was made, or given up, for something else.
is_cache_stale() {
  local stamp="$1.made-for"
  [ -f "$stamp" ] && [ ! "$2" -nt "$stamp" ] && [ ! "${BASH_SOURCE[0]}" -nt "$stamp" ] &&
    [ "$(cache_stamp "$2")" = "$(cat "$stamp")" ] && return 1
  return 0
}

# make_cache CACHE JAR MAJOR: rehearses and leaves CACHE; 1 when that failed. JVM_FLAGS are those of the gateway. What the
# rehearsal says is in CACHE.log.
make_cache() {
  local cache="$1" jar="$2" major="$3" stage record failed=0
  stage="$(mktemp -d "${TMPDIR:-/tmp}/sluice-rehearsal.XXXXXX")" || return 1
  if [ "$major" -ge 25 ]; then
    record="-XX:AOTCacheOutput=$stage/cache"
  else
    record="-XX:ArchiveClassesAtExit=$stage/cache"
  fi
  # The first run unpacks the database and makes its tables, which is not what a start usually does. Nothing of the
  # environment is passed on but what is needed to find programs: there may be keys in it.
  {
    env -i PATH="$PATH" HOME="$stage" LANG=C MALLOC_ARENA_MAX=1 \
      "$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" -jar "$jar" rehearse "$stage/node" --prepare &&
    env -i PATH="$PATH" HOME="$stage" LANG=C MALLOC_ARENA_MAX=1 \
      "$JAVA_HOME/bin/java" "${JVM_FLAGS[@]}" "$record" -jar "$jar" rehearse "$stage/node" &&
    [ -s "$stage/cache" ] && mv -f "$stage/cache" "$cache"
  } >"$cache.log" 2>&1 </dev/null || failed=1
  rm -rf "$stage"
  return "$failed"
}

# cache_if_stale CACHE JAR MAJOR: brings CACHE up to date. Without one the gateway starts as well, only later: so a
# failure is said once, and tried again when there is another jar or another JVM.
cache_if_stale() {
  is_cache_stale "$1" "$2" || return 0
  # Two scripts may be started at once: the second one waits here, and then finds the cache made.
  exec 8<"$2"
  if command -v flock >/dev/null 2>&1; then
    flock 8
  fi
  if is_cache_stale "$1" "$2"; then
    echo "Rehearsing once for quick starts; this takes some ten seconds." >&2
    rm -f "$1"
    make_cache "$1" "$2" "$3" 8<&- ||
      echo "No cache could be made, starts take longer without it; why is in $1.log" >&2
    cache_stamp "$2" >"$1.made-for"
  fi
  exec 8<&-
}
