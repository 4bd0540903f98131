#!/bin/sh
# florin card pin with published values of one card (pin_block.json apc-008, pin_verification.json
# apc-006 and apc-010) and one terminal (dukpt_tdes.json 035), and with what is wrong.
#   card_pin_test.sh <path of florin>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
pan=5432101234567890
pek=DDDDEEEEFFFFAAAABBBBCCCCDDDDEEEE
other=AABBCCDDEEFF00112233445566778899
block=7F381DBF9F6906C4
v2="--test-pvk AAAABBBBCCCCDDDDEEEEFFFFAAAABBBB"
v1="--test-pvk 0123456789ABCDEFFEDCBA9876543210 --ibm3624"
command="card pin"
secrets="$pan"

# shellcheck disable=SC2086
{
  from="--test-pin-key $pek --block $block --pan $pan"
  expect translate 0 06C0408B869B2CEB translate $from --test-to-key $other
  expect json 0 '{"block":"06C0408B869B2CEB"}' translate $from --test-to-key $other --json
  expect wrong-key 1 WRONG translate --test-pin-key $other --block $block --pan $pan \
    --test-to-key $pek
  expect unbinding 2 "must not become" translate $from --test-to-key $other --to-format 1
  expect no-pan 2 "need the PAN" translate --test-pin-key $pek --block $block --test-to-key $other
  expect no-hex 2 "hex digits" translate --test-pin-key $pek --block xyz --pan $pan \
    --test-to-key $other
  expect mixed-keys 2 "all of them as test keys" translate $from --to-key zone-1
  expect no-token 2 "say with --token" translate --pin-key a --to-key b --pan $pan --block $block
  expect bad-pan 2 "12 to 19 digits" translate --test-pin-key $pek --block $block --pan 123 \
    --test-to-key $pek

  expect pvv 0 5596 reference $v2 $from
  expect verify 0 right verify $v2 $from --pvv 5596
  expect verify-json 0 '{"right":true}' verify $v2 $from --pvv 5596 --json
  expect wrong-pvv 1 WRONG verify $v2 $from --pvv 5597
  expect wrong-block 1 '{"right":false}' verify $v2 --test-pin-key $other \
    --block $block --pan $pan \
    --pvv 5596 --json
  expect offset 0 3207 reference $v1 $from
  expect verify-offset 0 right verify $v1 $from --offset 3207
  expect searching-table 2 "" verify $v1 $from --offset 3207 --table 0000000000000001
  expect natural 0 "$block" generate $v1 --test-pin-key $pek --pan $pan --offset 3207
  expect change 1 WRONG change $v2 $from --new-block $block --pvv 0000
  expect weak 2 "" change $v1 $from --new-block $block --offset 3207

  terminal="0123456789ABCDEFFEDCBA9876543210"
  ksn=FFFF9876543210E00001
  card=4012345678909
  expect dukpt 0 "block" translate --pan $card --test-pin-key $terminal --ksn $ksn \
    --block 1B9C1845EB993A7A --test-to-key $pek
  under_pek=${output##* }
  expect dukpt-back 0 1B9C1845EB993A7A translate --pan $card --test-pin-key $pek \
    --block "$under_pek" \
    --test-to-key $terminal --to-ksn $ksn
}

made=$("$florin" card pin generate $v2 --test-pin-key $pek --pan $pan --length 6 --json)
new_block=$(echo "$made" | sed 's/.*"block":"\([0-9A-F]*\)".*/\1/')
new_pvv=$(echo "$made" | sed 's/.*"pvv":"\([0-9]*\)".*/\1/')
# shellcheck disable=SC2086
expect generated 0 right verify $v2 --test-pin-key $pek --pan $pan --block "$new_block" \
    --pvv "$new_pvv"

for command in translate verify reference generate change; do
  "$florin" card pin $command --help | grep -q -e "--test-pin-key" || {
    echo "FAILED: help of $command"
    failed=1
  }
done

exit "$failed"
