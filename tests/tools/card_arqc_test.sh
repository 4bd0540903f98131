#!/bin/sh
# florin card arqc verify with the published Visa CVN 18 of pyemv (emv_profiles.json:
# profile-visa18), and with what is wrong.
#   card_arqc_test.sh <path of florin>
set -u

florin=$1
pan=1234567890123456
key=0123456789ABCDEFFEDCBA9876543210
data=9F02060000000040009F03060000000000009F1A020124950580000480005F2A0201249A03191105
data=${data}9C01019F370452BF4585820218009F3602001C9F100706011203A0B8009F2608
right=${data}7A788EA6B8A3E733
wrong=${data}7A788EA6B8A3E732
failed=0

# expect <name> <status> <part of the output> <arguments...>
expect() {
  name=$1 status=$2 part=$3
  shift 3
  output=$("$florin" card arqc verify --pan "$pan" "$@" 2>&1)
  got=$?
  if [ "$got" -ne "$status" ]; then
    echo "FAILED: $name: status $got, not $status: $output"
    failed=1
  fi
  case $output in
    *"$part"*) ;;
    *) echo "FAILED: $name: no \"$part\" in: $output"; failed=1 ;;
  esac
  case $output in
    *"$pan"*) echo "FAILED: $name: the PAN is in the output"; failed=1 ;;
  esac
}

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
exit "$failed"
