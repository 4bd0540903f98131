#!/bin/sh
# florin card arpc and script with published values (emv_cryptogram.json cvn-visa18, cvn-visa10 and
# cvn-mc17; emv_scripts.json emv-script-001, -002, pyemv-vis and pyemv-vis-current, their PINs as
# blocks of format 0 under the PIN key here), and with what is wrong.
#   card_issuer_test.sh <path of florin> <path of the module> <folder of the token>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
pan=1234567890123456
key=0123456789ABCDEFFEDCBA9876543210
command="card"
secrets="$pan $key"

# shellcheck disable=SC2086
{
  data=0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800
  visa18="arpc --test-key $key --pan $pan --atc 28 --master-key-option B --arqc 7A788EA6B8A3E733"
  expect method-2 0 '{"arpc":"9AF514C1","verified":false}' $visa18 --csu 00000000 --json
  expect verified 0 '{"arpc":"9AF514C1","verified":true}' $visa18 --csu 00000000 --data $data --json
  expect wrong-arqc 1 WRONG $visa18 --csu 00000000 --data 01$data
  visa10="arpc --test-key $key --pan $pan --session-key none --arpc-key master"
  visa10="$visa10 --arqc 29CCA15AE665FA2E"
  # Unverified, the card's own key would encrypt what the caller chose.
  expect raw-master 2 "" $visa10 --arc 00
  visa10_data=0000000040000000000000000124800004800001241911050152BF45851800001C03A06010
  expect method-1 0 28993816AFAE4AEB $visa10 --arc 00 --padding 1 --data $visa10_data
  expect arc-hex 0 28993816AFAE4AEB $visa10 --arc 3030 --padding 1 --data $visa10_data
  expect no-answer 2 "--csu" $visa18
  expect two-answers 2 excludes $visa18 --arc 00 --csu 00000000
  expect bad-arqc 2 "16 hex digits" arpc --test-key $key --pan $pan --arqc 12 --arc 00
  expect no-key 2 "a key is missing" arpc --pan $pan --arqc 7A788EA6B8A3E733 --arc 00
  expect no-token 2 "--token" arpc --key imk --pan $pan --arqc 7A788EA6B8A3E733 --arc 00

  card="--pan $pan --psn 1"
  common="$card --arqc ABCDEF1234567890 --mac-prefix none --test-key $key"
  expect mac 0 '{"mac":"CF323F09A0F6AB9E"}' script mac $common --header 8424000008 --json
  expect mac-4 0 CF323F09 script mac $common --header 8424000008 --mac-length 4
  expect mac-right 0 right script verify $common --header 8424000008 --value CF323F09A0F6AB9E
  expect mac-wrong 1 WRONG script verify $common --header 8424000008 --value CF323F09A0F6AB9F
  expect bad-header 2 "10 hex digits" script mac $common --header 8424

  smc="--test-confidentiality-key 11111111111111112222222222222222"
  new="--test-pin-key 0123456789ABCDEF1122334455667788 --block 3CB6A227DA7ED791"
  expect iso2 0 842400021028367E05DE3381C28C4D10091A093B5B script pinchange $common $smc $new \
    --padding mastercard
  vis="$card --session-key visa --atc 65535 --mac-prefix none --padding visa --form vis"
  vis="$vis --test-key $key --test-cryptogram-key FEDCBA98765432100123456789ABCDEF"
  expect vis 0 D421231A6FD2F0FAEE671384F0D3A7B9 script pinchange $vis $smc $new
  current=E4D7CCB8B10BAE83
  expect vis-current 0 C29371CC36BA70C1EE671384F0D3A7B9 script pinchange $vis $smc $new \
    --current-block $current
  expect no-cryptogram-key 2 "a key is missing" script pinchange $common $smc $new --form vis
  expect wrong-block 1 WRONG script pinchange $common $smc --block 0000000000000000 \
    --test-pin-key 0123456789ABCDEF1122334455667788
  expect mixed 2 "all of them as test keys" script pinchange $common $new --confidentiality-key smc

  # The block of emv-script-002 is 2499 99FF FFFF FFFF: whole blocks, which mastercard does not pad.
  expect encrypt 0 28367E05DE3381C2 script encrypt $card --arqc ABCDEF1234567890 \
    --padding mastercard --test-key 11111111111111112222222222222222 --data 249999FFFFFFFFFF
  expect no-data 2 "--data" script encrypt $card --test-key $key
}

# The same keys in a token. An import sets odd parity, which DES does not look at.
import() {
  label=$1 first=$2
  shift 2
  "$florin" key import "$label" --token vectors --component "$first" \
    --component FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF "$@" > /dev/null || {
    echo "FAILED: import $label"
    failed=1
  }
}
second=FEDCBA98765432100123456789ABCDEF
import imk $second --usage E0 --mode V
import smi $second --usage E2 --mode X
import smc EEEEEEEEEEEEEEEEDDDDDDDDDDDDDDDD --usage E1 --mode X
import smc-data EEEEEEEEEEEEEEEEDDDDDDDDDDDDDDDD --usage E1 --mode X --only script-encryption
import pek FEDCBA9876543210EEDDCCBBAA998877 --usage P0 --mode D
# shellcheck disable=SC2086
{
  answer="arpc --key imk --token vectors --pan $pan --atc 28 --master-key-option B"
  answer="$answer --arqc 7A788EA6B8A3E733 --csu 00000000"
  expect token-verified 0 9AF514C1 $answer --data $data
  expect token-wrong 1 WRONG $answer --data 01$data
  # A key that only verifies answers nothing that it has not verified.
  expect token-unverified 2 "does not permit" $answer
  script="$card --arqc ABCDEF1234567890 --token vectors"
  expect token-mac 0 CF323F09A0F6AB9E script mac $script --key smi --mac-prefix none \
    --header 8424000008
  expect token-pinchange 0 842400021028367E05DE3381C28C4D10091A093B5B script pinchange $script \
    --key smi --confidentiality-key smc --pin-key pek --block 3CB6A227DA7ED791 \
    --mac-prefix none --padding mastercard
  expect token-encrypt 0 28367E05DE3381C2 script encrypt $script --key smc-data \
    --padding mastercard --data 249999FFFFFFFFFF
  expect token-oracle 2 "" script encrypt $script --key smc --data 249999FFFFFFFFFF
}

for command in arpc "script mac" "script verify" "script encrypt" "script pinchange"; do
  # shellcheck disable=SC2086
  "$florin" card $command --help | grep -q Example || { echo "FAILED: help of $command"; failed=1; }
done

exit "$failed"
