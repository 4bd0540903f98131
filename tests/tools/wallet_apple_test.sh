#!/bin/sh
# florin wallet apple: from a key that is born in the token to an opened payment, both kinds of key;
# explanations of published tokens; a card for a device whose certificates openssl made.
#   wallet_apple_test.sh <path of florin> <path of the module> <folder of the token> <tests/vectors>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
token=vectors
vectors=$4
command="wallet apple"
secrets="9999700000000001 4784000000380075 4111111111111111"
dir=$FLORIN_HSM_DIR/work
mkdir "$dir"
merchant=merchant.test.florin
now=2026-11-27T02:00:00Z

for kind in ec rsa; do
  rsa=
  [ $kind = rsa ] && rsa=--rsa
  # shellcheck disable=SC2086
  expect csr-$kind 0 "BEGIN CERTIFICATE REQUEST" csr --token $token --key apple-$kind \
    --create $rsa --name $merchant --organization "Florin tests" --country DE
  echo "$output" > "$dir/$kind.csr"
  verdict=$(openssl req -in "$dir/$kind.csr" -verify -noout -subject 2>&1)
  case $verdict in
    *"verify OK"*"C = DE, O = Florin tests, CN = $merchant"* | \
    *"verify OK"*"C=DE, O=Florin tests, CN=$merchant"*) ;;
    *) fail "openssl on csr-$kind: $verdict" ;;
  esac
  expect csr-again-$kind 0 "BEGIN CERTIFICATE REQUEST" csr --token $token --key apple-$kind \
    --name $merchant
  expect csr-taken-$kind 2 "a key of that label" csr --token $token --key apple-$kind --create \
    --name $merchant
  # shellcheck disable=SC2086
  expect make-$kind 0 "_v1" make --request "$dir/$kind.csr" --merchant-id $merchant --at $now \
    --root-out "$dir/$kind.root" --certificate-out "$dir/$kind.pem"
  echo "$output" > "$dir/$kind.json"
  expect decrypt-$kind 0 "999970******0001" decrypt "$dir/$kind.json" --token $token \
    --key "apple-$kind=$dir/$kind.pem" --root "$dir/$kind.root" --at $now --merchant-id $merchant
  expect decrypt-late-$kind 1 "stage signing_time" decrypt "$dir/$kind.json" --token $token \
    --key "apple-$kind=$dir/$kind.pem" --root "$dir/$kind.root" --at 2026-11-27T02:05:01Z
  expect verify-$kind 0 "right    yes" verify "$dir/$kind.json" --root "$dir/$kind.root" --at $now
  expect explain-$kind 0 "signature                passed" explain "$dir/$kind.json" \
    --root "$dir/$kind.root" --at $now
  expect apple-root-$kind 1 "stage    chain" verify "$dir/$kind.json" --at $now
done

# Both keys live at once, and a token under a certificate that is there already.
expect make-emv 0 EC_v1 make --certificate "$dir/ec.pem" --merchant-id $merchant --emv --at $now \
  --root-out "$dir/emv.root" --amount 4711
echo "$output" > "$dir/emv.json"
expect decrypt-emv 0 '"amount":4711,"payment_data":"EMV"' decrypt "$dir/emv.json" --json \
  --token $token --key "apple-rsa=$dir/rsa.pem" --key "apple-ec=$dir/ec.pem" \
  --root "$dir/emv.root" --at $now
expect other-key 1 "stage merchant_key" decrypt "$dir/emv.json" --token $token \
  --key "apple-rsa=$dir/rsa.pem" --root "$dir/emv.root" --at $now
expect other-merchant 2 "another merchant identifier" decrypt "$dir/emv.json" --token $token \
  --key "apple-ec=$dir/ec.pem" --merchant-id merchant.test.other --root "$dir/emv.root"
expect no-csr-key 2 "no key" csr --token $token --key nobody --name $merchant
expect long-name 2 "1 to 64 characters" csr --token $token --key apple-ec \
  --name aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
expect no-time 2 "seconds since 1970" verify "$dir/ec.json" --at yesterday
expect no-file 2 "cannot be read" explain "$dir/nothing"

# Published tokens, at Apple's root and at their time.
sed -n 's/^ *"token": "\(.*\)",$/\1/p' "$vectors/wallet/apple_pay_rsa_v1.json" | head -n 1 |
  sed 's/\\"/"/g' > "$dir/published.json"
expect published 0 "rsa-smp-broker-sign_UC4-PROD" explain "$dir/published.json" \
  --at 2024-01-08T17:54:44Z
expect published-json 0 '"verified":true' explain "$dir/published.json" --at 1704736484 --json
expect published-today 1 "stage    chain" verify "$dir/published.json" --at $now
sed 's/\("transactionId[a-z]*":"\)37/\138/g' \
  "$dir/published.json" > "$dir/changed.json"
expect changed 1 "content_digest           FAILED" explain "$dir/changed.json" \
  --at 2024-01-08T17:54:44Z
echo '{"version":"EC_v2"}' > "$dir/version.json"
expect version 1 "token.version            FAILED" explain "$dir/version.json"

# A card for a device: root, intermediate and a leaf with the marker extension.
(
  cd "$dir" || exit 1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout root.key -days 30 \
    -subj "/CN=Test root" -out device-root.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key \
    -subj "/CN=Test CA" -out ca.csr
  printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' > ca.ext
  openssl x509 -req -in ca.csr -CA device-root.pem -CAkey root.key -CAcreateserial -days 30 \
    -extfile ca.ext -out ca.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key \
    -subj "/CN=Test device" -out leaf.csr
  printf 'keyUsage=critical,keyAgreement\n1.2.840.113635.100.6.39=critical,DER:0500\n' > leaf.ext
  openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
    -extfile leaf.ext -out leaf.pem
) > "$dir/openssl.log" 2>&1 || fail "openssl: $(cat "$dir/openssl.log")"
der() { openssl x509 -in "$1" -outform DER | openssl base64 -A; }
printf '{"certificates":["%s","%s"],"nonce":"1Osx/A==","nonceSignature":"QAECAwQF"}\n' \
  "$(der "$dir/leaf.pem")" "$(der "$dir/ca.pem")" > "$dir/request.json"
echo '{"pan":"4111111111111111","expiry":"11/29","name":"J. Example"}' > "$dir/card.json"
expect provision 0 '"ephemeralPublicKey":"B' provision "$dir/request.json" --token $token \
  --card "$dir/card.json" --activation-data VEFW --root "$dir/device-root.pem"
expect provision-apple 1 "stage chain" provision "$dir/request.json" --token $token \
  --card "$dir/card.json" --activation-data VEFW
expect provision-iv 2 "12 or 16" provision "$dir/request.json" --token $token \
  --card "$dir/card.json" --activation-data VEFW --root "$dir/device-root.pem" --iv-length 13
echo '{"pan":"4111111111111111","expiry":"1129"}' > "$dir/card.json"
expect provision-card 2 "MM/YY" provision "$dir/request.json" --token $token \
  --card "$dir/card.json" --activation-data VEFW --root "$dir/device-root.pem"
exit "$failed"
