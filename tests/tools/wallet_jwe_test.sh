#!/bin/sh
# florin wallet jwe: a key of a token and the partner who encrypts to it, published texts (jws.json,
# RFC 7520 4.1), and what is wrong with a text.
#   wallet_jwe_test.sh <path of florin> <path of the module> <folder of tokens> <folder of vectors>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
command="wallet jwe"
secrets=5555555555554444
use_token "$2" "$3"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$FLORIN_HSM_DIR" "$work"' EXIT
printf '{"cardNumber":"5555555555554444"}' >"$work/card.json"

key="--token vectors --key mc --profile mastercard"
# shellcheck disable=SC2086
expect key 0 '"kty":"RSA"' public-key $key --create --json
# shellcheck disable=SC2086
expect key-twice 2 "label" public-key $key --create
# shellcheck disable=SC2086
"$florin" $command public-key $key >"$work/mc.jwk" || fail "public-key"
expect shared 2 "shared keys" public-key --token vectors --key other --profile amex --create

expect make 0 eyJ make --profile mastercard --public-key "$work/mc.jwk" --kid k1 \
  --in "$work/card.json"
echo "$output" >"$work/card.jwe"
expect make-kid 2 "requires a key id" make --profile visa-mle --public-key "$work/mc.jwk" \
  --in "$work/card.json"
# shellcheck disable=SC2086
expect decrypt 0 '"content_bytes":33' decrypt $key --json --out "$work/out.json" \
  "$(cat "$work/card.jwe")"
cmp -s "$work/card.json" "$work/out.json" || fail "the content is another"
# shellcheck disable=SC2086
expect out-is-there 2 "there already" decrypt $key --out "$work/out.json" "$(cat "$work/card.jwe")"
# shellcheck disable=SC2086
expect decrypt-cut 1 "" decrypt $key "$(sed 's/.$//' "$work/card.jwe")"

expect explain 0 "nothing is wrong up to the key" explain --profile mastercard \
  "$(cat "$work/card.jwe")"
# shellcheck disable=SC2086
expect explain-key 0 "it opens" explain $key "$(cat "$work/card.jwe")"
expect explain-profile 1 '"refused_at":"header"' explain --profile samsung --json \
  "$(cat "$work/card.jwe")"
expect explain-form 1 "number of parts" explain --profile mastercard a.b.c
expect no-profile 2 "--profile" explain "$(cat "$work/card.jwe")"

# RFC 7520 4.1.
member() {
  sed -n '/"id": "rfc7520-4.1"/,/^ *}/s/^ *"'"$1"'": "\(.*\)",*$/\1/p' "$2/jws.json" |
    sed 's/\\"/"/g'
}
member public_key "$4/wallet" >"$work/bilbo.jwk"
member compact "$4/wallet" >"$work/bilbo.jws"
expect verify 0 '"algorithm":"RS256"' verify --public-key "$work/bilbo.jwk" --algorithm RS256 \
  --json "$(cat "$work/bilbo.jws")"
expect verify-alg 1 "" verify --public-key "$work/bilbo.jwk" --algorithm PS256 \
  "$(cat "$work/bilbo.jws")"
expect verify-key 2 "no algorithm of the profile" verify --public-key "$work/bilbo.jwk" \
  --algorithm ES256 "$(cat "$work/bilbo.jws")"
exit "$failed"
