#!/bin/sh
# florin card arqc verify with the published Visa CVN 18 of pyemv (emv_profiles.json:
# profile-visa18), and with what is wrong.
#   card_arqc_test.sh <path of florin> <path of the module> <folder of the token>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
pan=1234567890123456
key=0123456789ABCDEFFEDCBA9876543210
data=9F02060000000040009F03060000000000009F1A020124950580000480005F2A0201249A03191105
data=${data}9C01019F370452BF4585820218009F3602001C9F100706011203A0B8009F2608
right=${data}7A788EA6B8A3E733
wrong=${data}7A788EA6B8A3E732
command="card arqc verify"
after="--pan $pan"
secrets="$pan"

visa18="--scheme visa --cvn 18 --dki 1 --test-key $key"
# shellcheck disable=SC2086
{
  expect profile 0 "Visa CVN 18" $visa18 --field55 "$right"
  expect arpc 0 "9AF514C1" $visa18 --field55 "$right"
  expect json 0 '"right":true,"arpc":"9AF514C1","tag_91":"9AF514C100000000"' $visa18 \
    --field55 "$right" --json
  expect wrong 1 "WRONG" $visa18 --field55 "$wrong"
  expect trace 1 '"matches":false' $visa18 --field55 "$wrong" --json --trace
  expect masked 0 "123456******3456" $visa18 --field55 "$right"
  expect other_psn 1 "WRONG" $visa18 --field55 "$right" --psn 1
  expect other_cvn 2 "does not serve" --scheme visa --cvn 10 --test-key "$key" --field55 "$right"
  expect missing_tag 2 "lacks a tag" $visa18 --field55 "9F100706011203A0B800"
  expect bad_key 2 "hex" --scheme visa --test-key 01ZZ --field55 "$right"
  expect no_key 2 "--test-key" --field55 "$right"
  expect two_keys 2 "excludes" $visa18 --key imk --field55 "$right"
}

# The same key in a token, which says itself what it serves, and one that serves another version.
import() {
  label=$1
  shift
  "$florin" key import "$label" --token vectors --component FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF \
    --component FEDCBA98765432100123456789ABCDEF --usage E0 --mode V "$@" > /dev/null || {
    echo "FAILED: import $label"
    failed=1
  }
}
import imk-visa --emv-scheme visa --emv-cvn 18 --emv-dki 1
import imk-old --emv-scheme visa --emv-cvn 10 --emv-dki 1
import imk-raw
expect token 0 '"right":true,"arpc":"9AF514C1"' --key imk-visa --token vectors --json \
  --field55 "$right"
expect token-wrong 1 "WRONG" --key imk-visa --token vectors --field55 "$wrong"
expect token-trace 0 '"profile":"Visa CVN 18"' --key imk-visa --token vectors --json --trace \
  --field55 "$right"
expect token-cvn 2 "" --key imk-old --token vectors --field55 "$right"
expect token-raw 2 "" --key imk-raw --token vectors --field55 "$right"
expect no-such-key 2 "no key" --key nobody --token vectors --field55 "$right"
expect no-token 2 "--token" --key imk-visa --field55 "$right"
expect no-such-token 2 "token" --key imk-visa --token nowhere --field55 "$right"
FLORIN_PIN=9999
expect wrong-pin 2 "PIN" --key imk-visa --token vectors --field55 "$right"
exit "$failed"
