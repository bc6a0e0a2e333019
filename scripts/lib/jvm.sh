# shellcheck shell=bash
# The JVM flags of Sluice, stated once: sourced by scripts/run, scripts/sluice, scripts/bench and the image's launcher.
# Why each is as it is, with the measurements: docs/memory.md.

# jvm_flags MAJOR: sets the array JVM_FLAGS to the flags for a gateway on Java MAJOR, and exports what the C library has to
# be told before the JVM starts.
#
#   SLUICE_HEAP        heap, 256m unless told otherwise
#   SLUICE_YOUNG       the part of it in which objects are made, 16m
#   SLUICE_JAVA_FLAGS  more flags, separated by blanks; they come last and win
jvm_flags() {
  # One arena of malloc: what the JVM's compilers leave behind is then used again instead of kept for each thread.
  export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"
  JVM_FLAGS=(
    # Steady relaying allocates next to nothing on the heap, so the collector with the smallest footprint is right.
    -XX:+UseSerialGC
    "-Xmx${SLUICE_HEAP:-256m}"
    # Only as much of it as is needed: the old generation grows when it must, and shrinks at once when it can.
    "-Xmn${SLUICE_YOUNG:-16m}"
    -Xms32m
    -XX:MinHeapFreeRatio=10
    -XX:MaxHeapFreeRatio=30
    -XX:-ShrinkHeapInSteps
    # Where the system grants them on request: 6 % less CPU a call and a chunk, for fewer misses in the tables of pages.
    -XX:+UseTransparentHugePages
    # Off-heap buffers, request bodies above all, have a limit of their own.
    -XX:MaxDirectMemorySize=256m
    # A gateway that has run out of memory must be restarted, not limp on with half its threads.
    -XX:+ExitOnOutOfMemoryError
    # What the compilers freed goes back to the system.
    -XX:TrimNativeHeapInterval=10000
    # The JVM's own warnings; standard output is the log's and the command's.
    -Xlog:disable
    -Xlog:all=warning:stderr
    # Native transports and BoringSSL.
    --enable-native-access=ALL-UNNAMED
    -Dio.netty.leakDetection.level=disabled
    # Pooled arenas in steps of 64 KiB (8 KiB << 3): with the default of 4 MiB a small node pays for memory it never uses.
    -Dio.netty.allocator.type=pooled
    -Dio.netty.allocator.maxOrder=3
    # Nobody records Netty's events, and their classes pull in the whole recorder.
    -Dio.netty.jfr.enabled=false
  )
  if [ "$1" -ge 24 ]; then
    # Netty reaches its buffers through Unsafe; without this flag these releases warn about it.
    JVM_FLAGS+=(--sun-misc-unsafe-memory-access=allow)
  fi
  if [ "$1" -ge 25 ]; then
    JVM_FLAGS+=(-XX:+UseCompactObjectHeaders)
  elif [ "$1" -eq 24 ]; then
    JVM_FLAGS+=(-XX:+UnlockExperimentalVMOptions -XX:+UseCompactObjectHeaders)
  elif [ "$1" -lt 22 ]; then
    # A flag that came with 21.0.1; an earlier build of 21 must start as well.
    JVM_FLAGS+=(-XX:+IgnoreUnrecognizedVMOptions)
  fi
  # shellcheck disable=SC2206
  JVM_FLAGS+=(${SLUICE_JAVA_FLAGS:-})
}

# cli_flags MAJOR: sets JVM_FLAGS for a command that runs for a moment: what matters is how soon it starts.
cli_flags() {
  jvm_flags "$1"
  JVM_FLAGS+=(-XX:TieredStopAtLevel=1)
}
