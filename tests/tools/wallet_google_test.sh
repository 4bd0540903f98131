#!/bin/sh
# florin wallet google over the simulator: keys, tokens and callbacks of a Google of its own, and
# published ones: basistheory-ecv2-new of google_pay.json and wallet-activate-1 of
# google_wallet_callback.json.
#   wallet_google_test.sh <path of florin> <path of the module> <folder of the token>
#     <folder of the vectors>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
vectors=$4
work=$FLORIN_HSM_DIR
command="wallet google"
secrets="4111111111111111 4895370012003478 AABBCCDDEEFF"

# vector <file> <id> <field>: of a published vector, as its bytes are.
vector() {
  python3 - "$vectors/$1" "$2" "$3" <<'END'
import json, sys
path, wanted, field = sys.argv[1:]
for group in json.load(open(path))["groups"]:
    for test in group["tests"]:
        if test["id"] == wanted:
            print(test.get(field, group.get(field)))
END
}

expect missing 2 "no key" public-key --token vectors --key shop
expect create 0 "" public-key --token vectors --key shop --create
key=$output
[ "${#key}" -eq 88 ] || fail "the key has ${#key} characters, not 88"
expect again 0 "$key" public-key --token vectors --key shop
expect json 0 "{\"label\":\"shop\",\"public_key\":\"$key\"}" public-key --token vectors \
  --key shop --json
expect taken 2 "a key of that label" public-key --token vectors --key shop --create
expect create-next 0 "" public-key --token vectors --key next --create
"$florin" key pair other --curve P-384 --token vectors > /dev/null
expect curve 2 "not on P-256" public-key --token vectors --key other

at=2026-11-27T00:00:00Z
roots=$work/roots.json
expect make 0 '"protocolVersion":"ECv2"' make --public-key "$key" --recipient merchant:shop \
  --root-keys "$roots" --at $at --pan 4895370012003478 --cryptogram AABBCCDDEEFF --eci 05
# Not by echo, which may eat backslashes.
printf '%s\n' "$output" > "$work/token.json"
judge="--recipient merchant:shop --root-keys $roots --at $at"
with_key="--token vectors --key next --key shop"
# shellcheck disable=SC2086
{
  expect decrypt 0 "489537******3478" decrypt "$work/token.json" $judge $with_key
  expect decrypt-json 0 '"auth_method":"CRYPTOGRAM_3DS"' decrypt "$work/token.json" $judge \
    $with_key --json
  case $output in
    *'"cryptogram":"6 bytes"'*'"key_index":1'*) ;;
    *) fail "decrypt-json: $output" ;;
  esac
  expect stdin 0 "card_number" decrypt $judge $with_key < "$work/token.json"
  expect other-key 1 "stage    tag" decrypt "$work/token.json" $judge --token vectors --key next
  expect no-key 2 "name private keys" decrypt "$work/token.json" $judge
  expect no-token 2 "--token" decrypt "$work/token.json" $judge --key shop
  expect unknown-key 2 "no key" decrypt "$work/token.json" $judge --token vectors --key nobody
  expect other-recipient 1 "stage    signature" decrypt "$work/token.json" $with_key \
    --recipient merchant:shop2 --root-keys "$roots" --at $at
  expect bare 2 "begins with merchant: or gateway:" decrypt "$work/token.json" $with_key \
    --recipient shop --root-keys "$roots" --at $at
  expect late 1 "stage    message_expiration" decrypt "$work/token.json" $with_key \
    --recipient merchant:shop --root-keys "$roots" --at 2026-11-27T01:00:00Z
  expect bad-time 2 "--at is a time" decrypt "$work/token.json" $with_key \
    --recipient merchant:shop --root-keys "$roots" --at 2026-02-30T01:00:00Z
  expect no-roots 2 "cannot be read" decrypt "$work/token.json" $with_key \
    --recipient merchant:shop --root-keys "$work/nothing"
  secrets=
  expect clear 0 "AABBCCDDEEFF" decrypt "$work/token.json" $judge $with_key --clear
  secrets="4111111111111111 4895370012003478 AABBCCDDEEFF"

  expect verify 0 "right    yes" verify "$work/token.json" $judge
  expect verify-json 0 '{"right":true' verify "$work/token.json" $judge --json
  expect verify-other 1 '"stage":"signature"' verify "$work/token.json" --recipient gateway:shop \
    --root-keys "$roots" --at $at --json
  expect explain 0 "no root keys were given" explain "$work/token.json"
  expect explain-signed 0 "no private key was given" explain "$work/token.json" $judge
  expect explain-all 0 "489537******3478" explain "$work/token.json" $judge $with_key
  expect explain-json 0 '"stage":"tag","verdict":"right"' explain "$work/token.json" $judge \
    $with_key --json
  expect explain-late 1 "intermediate.expiry     wrong" explain "$work/token.json" \
    --root-keys "$roots" --recipient merchant:shop --at 2027-01-27T00:00:00Z
  expect unverified 1 "nothing is decrypted that is not verified" explain "$work/token.json" \
    --recipient merchant:another --root-keys "$roots" --at $at $with_key
}

# A gateway, ECv1, and callbacks.
"$florin" $command make --public-key "$key" --recipient gateway:g --gateway-merchant m7 --at $at \
  --root-keys "$roots" > "$work/gateway.json"
judge="--recipient gateway:g --root-keys $roots --at $at --token vectors --key shop"
# shellcheck disable=SC2086
{
  expect gateway-unsaid 2 "whose token it opens" decrypt "$work/gateway.json" $judge
  expect gateway 0 "411111******1111" decrypt "$work/gateway.json" $judge --gateway-merchant m7
  expect gateway-other 1 "stage    gateway_merchant" decrypt "$work/gateway.json" $judge \
    --gateway-merchant m8
}
"$florin" $command make --public-key "$key" --recipient merchant:shop --protocol ECv1 --at $at \
  --root-keys "$roots" > "$work/ecv1.json"
judge="--recipient merchant:shop --root-keys $roots --at $at --token vectors --key shop"
# shellcheck disable=SC2086
{
  expect ecv1-refused 1 "stage    token.version" decrypt "$work/ecv1.json" $judge
  expect ecv1 0 "411111******1111" decrypt "$work/ecv1.json" $judge --ecv1
}
"$florin" $command make --event save --class 1.c --object 1.o --recipient 3388 --at $at \
  --root-keys "$roots" > "$work/callback.json"
expect callback 0 "right    yes" verify "$work/callback.json" --recipient 3388 \
  --root-keys "$roots" --at $at
expect callback-other 1 "stage    signature" verify "$work/callback.json" --recipient 3389 \
  --root-keys "$roots" --at $at
expect callback-explained 0 "eventType" explain "$work/callback.json" --at $at
expect no-payment 1 "stage    token.version" decrypt "$work/callback.json" $judge
expect make-nothing 2 "--public-key" make --recipient merchant:shop --root-keys "$roots"
expect make-bare 2 "begins with merchant" make --recipient shop --root-keys "$roots" \
  --public-key "$key"
expect make-pan 2 "--pan" make --recipient merchant:shop --root-keys "$roots" --pan 12 \
  --public-key "$key"
echo '{"encryptedMessage":"AA==","ephemeralPublicKey":"AA==","tag":"AA=="}' > "$work/ecv0.json"
expect ecv0 1 "ECv0" explain "$work/ecv0.json"
echo 'no token' > "$work/none.json"
expect none 1 "token.json" explain "$work/none.json"

# Published values.
if command -v python3 > /dev/null 2>&1; then
  vector google_pay.json basistheory-ecv2-new token > "$work/published.json"
  root=$(vector google_pay.json basistheory-ecv2-new root_key)
  echo "{\"keys\":[{\"keyValue\":\"$root\",\"protocolVersion\":\"ECv2\"," \
    "\"keyExpiration\":\"2154841200000\"}]}" > "$roots"
  scalar=$(vector google_pay.json basistheory-ecv2-new recipient_private_key)
  judge="--recipient merchant:12345678901234567890 --root-keys $roots"
  # shellcheck disable=SC2086
  {
    expect published 0 "411111******1111" decrypt "$work/published.json" $judge --at 1708870000 \
      --test-key "$scalar"
    expect published-now 1 "stage    intermediate.expiry" decrypt "$work/published.json" $judge \
      --test-key "$scalar"
  }
  expect bad-test-key 2 "64 hex digits" decrypt "$work/published.json" $judge --test-key 00
  vector google_wallet_callback.json wallet-activate-1 callback > "$work/wallet.json"
  root=$(vector google_wallet_callback.json wallet-activate-1 root_key)
  echo "{\"keys\":[{\"keyValue\":\"$root\",\"protocolVersion\":\"ECv2SigningOnly\"," \
    "\"keyExpiration\":\"2154841200000\"}]}" > "$roots"
  expect wallet 0 '"eventType":"activate"' verify "$work/wallet.json" --json --at 1723117456 \
    --recipient 3388000000022335801 --root-keys "$roots"
fi
exit "$failed"
