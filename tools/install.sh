# Sourced by ./lab: which packages a command needs, and how they are installed. POSIX sh, because
# on a bare system there is nothing else.

# packages_for COMMAND: prints the names of the Debian or Ubuntu packages that it needs.
#
# Debian 12's own g++ is 12, which miscompiles coroutines, and its default Boost is 1.74: there
# clang 19 and the versioned Boost 1.81 packages take their place. Later systems' defaults are good.
packages_for() {
    if [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = bookworm ]; then
        compiler='clang-19 libclang-rt-19-dev lld-19' boost=1.81
    else
        compiler=g++ boost=
    fi
    build="$compiler cmake ninja-build libboost$boost-dev libboost-test$boost-dev
        libboost-json$boost-dev libboost-url$boost-dev libcli11-dev libspdlog-dev libssl-dev
        zlib1g-dev libpsl-dev libpugixml-dev libzmq3-dev cppzmq-dev libsoci-dev libsqlite3-dev
        libpq-dev"
    case $(. /etc/os-release && echo "$ID") in
    debian) browser='chromium chromium-driver' ;;
    *) browser= ;; # Ubuntu's is a snap
    esac
    case $1 in
    run | build | test | check | watch | verify) echo python3 $build ;;
    grade) echo python3 $build bubblewrap ;;
    bench) echo python3 $build libbenchmark-dev libcurl4-openssl-dev libxmlrpc-c++8-dev atftp atftpd curl gunicorn iperf3 \
            nginx postgresql python3-aiohttp python3-cachecontrol python3-flask python3-numpy python3-requests \
            python3-websockets wrk ;;
    ci | install)
        echo python3 $build libbenchmark-dev libcurl4-openssl-dev bubblewrap ccache git clang-19 clang-format-19 clang-tidy-19 \
            libclang-rt-19-dev lld-19 llvm-19 curl openssl gunicorn nginx python3-gevent python3-httpbin python3-requests \
            tinyproxy-bin libexpat1-dev libxmlrpc-c++8-dev xmlrpc-api-utils python3-zmq python3-numpy python3-aiohttp \
            python3-cachecontrol prometheus atftp atftpd tftp-hpa \
            postgresql python3-websockets $browser # peers
        ;;
    docs) case " $* " in *" --run "*) echo python3 $build ;; *) echo python3 ;; esac ;;
    *) echo python3 ;;
    esac
}

# missing PACKAGE…: prints those of the packages that are not installed.
missing() {
    installed=$(dpkg-query -W -f ' ${db:Status-Status}:${Package}' "$@" 2>/dev/null) || true
    for package; do
        case "$installed " in *" installed:$package "*) ;; *) printf '%s ' "$package" ;; esac
    done
}

# as_root COMMAND…: runs it as root, through sudo if the user is not root.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@" # without a terminal there is no one to type a password
    fi
}

# apt_get ARGUMENT…: shows its progress on a terminal, elsewhere only what is wrong.
apt_get() {
    if [ -t 2 ]; then said=/dev/stderr quiet=-q; else said=/dev/null quiet='-qq -o Dpkg::Use-Pty=0'; fi
    as_root env DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes LC_ALL=C.UTF-8 \
        apt-get $quiet -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null >$said
}

# install_packages PACKAGE…: with apt, its lists updated only when they are missing or out of date.
install_packages() {
    echo "lab: installing $*" >&2
    if ! apt-get install -qq --simulate --no-install-recommends "$@" >/dev/null 2>&1; then
        apt_get update
    fi
    apt_get install -y --no-install-recommends "$@" ||
        { apt_get update && apt_get install -y --no-install-recommends "$@"; }
}

# install_elsewhere: systems without apt are the user's own; says what must be there.
install_elsewhere() {
    for tool in python3 cmake ninja; do
        command -v "$tool" >/dev/null && continue
        cat >&2 <<'END'
lab: this is neither Debian nor Ubuntu, so please install: Python 3.11 or later, CMake 3.25 or
later, Ninja, a C++20 compiler (g++ 13 or later, clang 16 or later), Boost 1.81 or later, CLI11 and
spdlog; vcpkg.json names the libraries for vcpkg. Then run the command again.
END
        exit 1
    done
}

# install_for COMMAND [ARGUMENT…]: installs what the command needs and the machine lacks.
install_for() {
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        install_elsewhere
        return
    fi
    [ "${1:-}" != install ] || [ $# = 1 ] || shift # `install bench`: what bench needs
    absent=$(missing $(packages_for "${@:-help}"))
    [ -n "$absent" ] || return 0
    if [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; then
        install_packages $absent && return
    fi
    echo "lab: could not install them; ask an administrator for: apt-get install --no-install-recommends $absent" >&2
    echo "lab: LAB_NO_INSTALL=1 goes on without them" >&2
    exit 1
}
