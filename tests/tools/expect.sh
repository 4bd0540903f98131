# What the scripts of this folder share. To be sourced with `florin` set to its path.
#   command  the words between florin and the arguments; after: those behind the arguments
#   secrets  words that no output may hold: PANs, keys
failed=0
after=
secrets=

# use_token <path of the module> <folder of tokens>: works on a copy of them.
use_token() {
  FLORIN_MODULE=$1
  FLORIN_PIN=1234
  FLORIN_HSM_DIR=$(mktemp -d) || exit 1
  export FLORIN_MODULE FLORIN_PIN FLORIN_HSM_DIR
  trap 'rm -rf "$FLORIN_HSM_DIR"' EXIT
  cp -r "$2/." "$FLORIN_HSM_DIR"
}

fail() {
  echo "FAILED: $*"
  failed=1
}

# expect <name> <status> <part of the output> <arguments...>; leaves the output in `output`.
expect() {
  name=$1 status=$2 part=$3
  shift 3
  # shellcheck disable=SC2086
  output=$("$florin" $command "$@" $after 2>&1)
  got=$?
  [ "$got" -eq "$status" ] || fail "$name: status $got, not $status: $output"
  case $output in
    *"$part"*) ;;
    *) fail "$name: no \"$part\" in: $output" ;;
  esac
  for secret in $secrets; do
    case $output in
      *"$secret"*) fail "$name: a PAN or key is in the output" ;;
    esac
  done
}
