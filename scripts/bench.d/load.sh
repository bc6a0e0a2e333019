# shellcheck shell=bash
# The whole gateway under load: sourced by scripts/bench with its arguments, ROOT, jar and results.
# shellcheck disable=SC2154

rounds=5
modes=()
gate=""
report=""
while [ $# -gt 0 ]; do
  case "$1" in
    --rounds)
      rounds="${2:-}"
      if ! [[ "$rounds" =~ ^[1-9][0-9]?$ ]]; then
        echo "--rounds takes a number from 1 to 99, not '$rounds'." >&2
        exit 2
      fi
      shift
      ;;
    --relay | --sweep | --heap | --gc | --peers) modes+=("${1#--}") ;;
    --gate) gate=yes ;;
    --report) report=yes ;;
    *)
      echo "scripts/bench: '$1' does not go with --relay, --sweep, --heap, --gc, --peers, --gate, --report and --rounds N." >&2
      exit 2
      ;;
  esac
  shift
done

work="$ROOT/proxy-bench/target/bench"
mkdir -p "$work" "$results"
harness=""

# end_all: ends the harness, which ends what it started; then whatever else still works in a folder of this run.
end_all() {
  local process folder
  if [ -n "$harness" ] && kill -0 "$harness" 2>/dev/null; then
    kill "$harness" 2>/dev/null || true
    wait "$harness" 2>/dev/null || true
  fi
  for process in /proc/[0-9]*; do
    folder="$(readlink "$process/cwd" 2>/dev/null || true)"
    if [[ "$folder" == "$work"/* ]]; then
      kill "${process#/proc/}" 2>/dev/null || true
    fi
  done
}

# load MODE...: runs the harness and waits for it, interruptibly.
load() {
  if [ "$(uname -s)" != Linux ]; then
    echo "The load harness reads /proc and uses epoll: it needs Linux." >&2
    exit 2
  fi
  build_if_stale "$ROOT/proxy-server/target/sluice.jar" proxy-server proxy-codec
  # Thousands of connections on both sides.
  ulimit -n "$(ulimit -Hn)"
  end_all
  trap end_all EXIT
  trap 'exit 130' INT TERM
  local native=()
  if [ "$(java_major "$JAVA_HOME")" -ge 24 ]; then
    native=(--sun-misc-unsafe-memory-access=allow)
  fi
  "$JAVA_HOME/bin/java" -Xmx128m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED ${native[@]+"${native[@]}"} \
    "-Dbench.root=$ROOT" "-Dbench.work=$work" "-Dbench.results=$results" \
    "-Dbench.sources=$(git -C "$ROOT" describe --always --dirty 2>/dev/null || echo unknown)" \
    -cp "$jar" dev.sluice.bench.load.Harness "$rounds" "$@" &
  harness=$!
  wait "$harness"
  harness=""
}

if [ ${#modes[@]} -gt 0 ]; then
  load "${modes[@]}"
fi
if [ -n "$gate" ]; then
  "$JAVA_HOME/bin/java" -cp "$jar" dev.sluice.bench.Gate
fi
if [ -n "$report" ]; then
  "$JAVA_HOME/bin/java" -cp "$jar" dev.sluice.bench.load.Report "$results" "$ROOT/docs/performance.md"
fi
