# shellcheck shell=bash
# The JVM flags of Sluice, stated once: sourced by scripts/run, scripts/sluice, scripts/bench and the image's launcher.

# jvm_flags MAJOR: sets the array JVM_FLAGS to the flags for a gateway on Java MAJOR. SLUICE_HEAP overrides the heap
# (104m); off-heap buffers, request bodies above all, have a limit of their own.
jvm_flags() {
  JVM_FLAGS=(
    # Steady relaying allocates next to nothing on the heap, so the collector with the smallest footprint is right.
    -XX:+UseSerialGC
    "-Xmx${SLUICE_HEAP:-104m}"
    -XX:MaxDirectMemorySize=256m
    # A gateway that has run out of memory must be restarted, not limp on with half its threads.
    -XX:+ExitOnOutOfMemoryError
    -Xshare:auto
    # Native transports and BoringSSL.
    --enable-native-access=ALL-UNNAMED
    -Dio.netty.leakDetection.level=disabled
    # Pooled arenas in steps of 64 KiB (8 KiB << 3): with the default of 4 MiB a small node pays for memory it never uses.
    -Dio.netty.allocator.type=pooled
    -Dio.netty.allocator.maxOrder=3
  )
  if [ "$1" -ge 24 ]; then
    # Netty reaches its buffers through Unsafe; without this flag these releases warn about it.
    JVM_FLAGS+=(--sun-misc-unsafe-memory-access=allow)
  fi
  if [ "$1" -ge 25 ]; then
    JVM_FLAGS+=(-XX:+UseCompactObjectHeaders)
  elif [ "$1" -eq 24 ]; then
    JVM_FLAGS+=(-XX:+UnlockExperimentalVMOptions -XX:+UseCompactObjectHeaders)
  fi
}

# cli_flags MAJOR: sets JVM_FLAGS for a command that runs for a moment: what matters is how soon it starts.
cli_flags() {
  jvm_flags "$1"
  JVM_FLAGS+=(-XX:TieredStopAtLevel=1)
}
