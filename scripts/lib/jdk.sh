# shellcheck shell=bash
# Finds the JDK that builds and runs Sluice. Sourced.
#
# An explicit choice comes first: SLUICE_JAVA_HOME (which must be suitable), then JAVA_HOME (if it is). Otherwise the
# newest LTS release wins among `java` on the path and the usual install folders, and the newest release of all when
# there is no LTS among them. Works with the bash 3.2 of macOS.

readonly SLUICE_MIN_JAVA=21

# java_major HOME: prints the feature release of the Java at HOME (25 for 25.0.3), or nothing when there is none.
java_major() {
  local version=""
  [ -x "$1/bin/java" ] || return 0
  if [ -r "$1/release" ]; then
    version="$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release")"
  fi
  if [ -z "$version" ]; then
    version="$("$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([^"]*\)".*/\1/p')"
  fi
  version="${version#1.}"
  version="${version%%[!0-9]*}"
  printf '%s' "$version"
}

# jdk_complaint HOME: prints why HOME cannot be used, or nothing when it can.
jdk_complaint() {
  local major
  if [ ! -x "$1/bin/java" ]; then
    printf 'there is no %s/bin/java' "$1"
    return 0
  fi
  major="$(java_major "$1")"
  if [ -z "$major" ]; then
    printf '%s/bin/java does not tell its version' "$1"
  elif [ "$major" -lt "$SLUICE_MIN_JAVA" ]; then
    printf 'it is Java %s, Sluice needs %s or newer' "$major" "$SLUICE_MIN_JAVA"
  elif [ ! -x "$1/bin/javac" ]; then
    printf 'it is a runtime without a compiler (no bin/javac), Sluice needs a JDK'
  fi
}

# java_on_path: prints the home of the `java` on the path, if there is one. The launcher itself is asked, because what
# is on the path may be a link, a shim or a wrapper.
java_on_path() {
  command -v java >/dev/null 2>&1 || return 0
  java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p' || true
}

# jdk_rank MAJOR: a number by which candidates compare. LTS releases (21, 25, 29, ...) stand above all others.
jdk_rank() {
  if [ $((($1 - 21) % 4)) -eq 0 ]; then
    echo $((1000 + $1))
  else
    echo "$1"
  fi
}

# find_jdk: exports JAVA_HOME, or ends the script with what to do about it.
find_jdk() {
  local complaint candidate rank best="" best_rank=0 rejected=""

  if [ -n "${SLUICE_JAVA_HOME:-}" ]; then
    complaint="$(jdk_complaint "$SLUICE_JAVA_HOME")"
    if [ -n "$complaint" ]; then
      echo "SLUICE_JAVA_HOME=$SLUICE_JAVA_HOME cannot be used: $complaint." >&2
      exit 1
    fi
    export JAVA_HOME="$SLUICE_JAVA_HOME"
    return 0
  fi

  if [ -n "${JAVA_HOME:-}" ] && [ -z "$(jdk_complaint "$JAVA_HOME")" ]; then
    export JAVA_HOME
    return 0
  fi

  for candidate in \
    "$(java_on_path)" \
    /usr/lib/jvm/* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/*; do
    [ -n "$candidate" ] && [ -x "$candidate/bin/java" ] || continue
    complaint="$(jdk_complaint "$candidate")"
    if [ -n "$complaint" ]; then
      rejected="$rejected
  $candidate: $complaint"
      continue
    fi
    rank="$(jdk_rank "$(java_major "$candidate")")"
    if [ "$rank" -gt "$best_rank" ]; then
      best="$candidate"
      best_rank="$rank"
    fi
  done

  if [ -z "$best" ]; then
    {
      echo "Sluice needs a JDK, version $SLUICE_MIN_JAVA or newer, and found none."
      if [ -n "$rejected" ]; then
        echo "Looked at:$rejected"
      fi
      echo "Install one, for example Eclipse Temurin 25 (https://adoptium.net):"
      echo "  Debian, Ubuntu   apt-get install temurin-25-jdk   (after adding Adoptium's repository), or openjdk-21-jdk"
      echo "  Fedora           dnf install java-25-openjdk-devel"
      echo "  macOS            brew install --cask temurin@25"
      echo "  anywhere         sdk install java 25-tem          (SDKMAN)"
      echo "or point SLUICE_JAVA_HOME at the one to use."
    } >&2
    exit 1
  fi
  export JAVA_HOME="$best"
}

# need_maven: ends the script with what to do when Maven is missing.
need_maven() {
  command -v mvn >/dev/null 2>&1 && return 0
  {
    echo "Sluice is built with Maven (3.8 or newer), and there is no mvn on the path."
    echo "Install it: apt-get install maven, dnf install maven, brew install maven, or sdk install maven."
  } >&2
  exit 1
}
