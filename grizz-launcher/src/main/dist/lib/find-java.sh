# Sourced, not run: find_java prints the home of a JDK 21 or newer, or says where it looked.
#
# The version is read from the file "release" of each home, because starting every java that
# stands around to ask it would cost more than starting Grizz.

oldest_java=21

# java_version HOME: prints the feature version, 0 if there is no JDK or JRE.
java_version() {
  version=
  if [ -x "$1/bin/java" ] && [ -r "$1/release" ]; then
    while IFS='=' read -r key value; do
      [ "$key" = JAVA_VERSION ] || continue
      value=${value#\"}
      version=${value%%[!0-9]*}
    done <"$1/release"
  fi
  echo "${version:-0}"
}

# home_of JAVA: prints the home that a java on the path belongs to, through its symbolic links.
home_of() {
  file=$1
  while [ -L "$file" ]; do
    target=$(readlink "$file")
    case $target in
      /*) file=$target ;;
      *) file=${file%/*}/$target ;;
    esac
  done
  bin=$(cd "${file%/*}" && pwd -P) && echo "${bin%/bin}"
}

# find_java: prints a fit home; otherwise explains on stderr and returns 69.
find_java() {
  looked=
  on_path=$(command -v java || true)
  for home in "${GRIZZ_JAVA_HOME:-}" "${JAVA_HOME:-}" \
    "${on_path:+$(home_of "$on_path")}" \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    [ -d "$home" ] || continue
    version=$(java_version "$home")
    if [ "$version" -ge "$oldest_java" ]; then
      echo "$home"
      return 0
    fi
    if [ "$version" -gt 0 ]; then looked="$looked
  $home (is $version)"; else looked="$looked
  $home (no JDK)"; fi
  done
  cat >&2 <<END
grizz: found no JDK $oldest_java or newer. Looked at:${looked:- nothing that exists}
besides GRIZZ_JAVA_HOME, JAVA_HOME, PATH and the usual folders. Install one, or set GRIZZ_JAVA_HOME.
END
  return 69
}
