#!/bin/sh
# florin key import, export, pair, public, agree, device-key and show over the simulator, with
# published values: key_parts.json apc_crosschecked-021 and -022, key_block.json tr31-001, -002,
# -009 and -010, with the check values that stand there.
#   key_exchange_test.sh <path of florin> <path of the module> <folder of the token>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
token=vectors
command="key"
after="--token $token"
secrets="0123456789ABCDEF 5DB50B454F8389AD 1FA1F7CEC798D915 BE19E6A07A760F10"

# field <label> <name>: a line of florin key show
field() {
  "$florin" key show "$1" --token "$token" | sed -n "s/^$2  *//p"
}

zeros32=00000000000000000000000000000000
ones=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
second=FEDCBA98765432100123456789ABCDEF

# 0123456789ABCDEFFEDCBA9876543210 has the check value 08D7B4 (openssl enc -des-ede-ecb of zeros).
expect two 0 "combined: KCV 08D7B4" import two --component $ones --component $second \
  --usage D0 --mode B --exportability E --extractable
expect three 0 "combined: KCV 08D7B4" import three --component AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \
  --component BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB --component 1032547698BADCFEEFCDAB8967452301 \
  --usage D0 --mode B
expect parity 0 "odd parity was set" import parity --component $ones \
  --component FEDCBA98765432110123456789ABCDEF --usage D0 --mode B
expect taken 2 "a key of that label" import two --component $ones --component $second \
  --usage D0 --mode B
expect one-only 2 "2 to 9" import x --component $ones --usage D0 --mode B
expect lengths 2 "key's length" import x --component $ones --component 0123456789ABCDEF \
  --usage D0 --mode B
expect cancel 2 "cancel each other" import x --component $ones --component $ones --usage D0 --mode B
expect no-hex 2 "hex digits" import x --component xyz --component $ones --usage D0 --mode B
expect wrong-kcv 1 "" import x --component $ones:123456 --component $second --usage D0 --mode B
expect no-usage 2 "what the key is for" import x --component $ones --component $second
expect combination 1 "" import x --component $ones --component $second --usage C0 --mode E
expect nothing 2 "by --component" import x --usage D0 --mode B
expect leaves 2 "" import x --component $ones --component $second --usage D0 --mode B --extractable
output=$(printf '%s\n%s\n' "$ones" "$second" | "$florin" key import typed --component - \
  --component - --usage D0 --mode B --token "$token")
case $output in
  *"combined: KCV 08D7B4"*) ;;
  *) echo "FAILED: typed: $output"; failed=1 ;;
esac

# The KBPKs of the published blocks, as two components.
expect kbpk-tdes 0 "K1" import tdes-kbpk --component EFE0853B256B583D868F251CE99EA1D8 \
  --component 00000000000000000000000000000001 --usage K1 --mode B
half=4141414141414141414141414141414141414141414141414141414141414140
expect kbpk-aes 0 "K1" import aes-kbpk --component $half \
  --component ${zeros32}00000000000000000000000000000001 --usage K1 --mode B --algorithm A

expect kcv 0 "08D7B4" kcv --key two
expect kcv-json 0 '{"kcv":"08D7B4","method":' kcv --key two --json
expect kcv-method 2 "leave --method out" kcv --key two --method legacy-tdes
expect kcv-nobody 2 "no key" kcv --key nobody

block_b=B0080K0TN00N00001C414014375212C24995E405B5EE052CB92B67F455EA2680F6751088F9F1C228
block_d=D0144D0AN00N0000127862F945C2DED04530FAF7CDBC8B0BA10C7AA79BD5E0C2C5D6AC173BF588E4B19ACF1357
block_d=${block_d}178D50EA0AB193228E13958304FC6149632DFDCADF3A5B3D57E814
block_a=A0072K0TN00N0000F40D5672C6D0EC86F860BA88D44D00F0CA9A8CE8CD2F640287A9A9EB
expect published-d 0 0A00E3 import data-d --key-block $block_d --kbpk aes-kbpk
expect published-b 0 5C9405 import zone-b --key-block $block_b --kbpk tdes-kbpk
expect version-a 1 "does not permit" import x --key-block $block_a --kbpk tdes-kbpk
expect flipped 1 "" import x --key-block "${block_d%4}5" --kbpk aes-kbpk
expect other-kbpk 2 "" import x --key-block $block_d --kbpk tdes-kbpk
expect no-block 2 "" import x --key-block D0144D0A --kbpk aes-kbpk
expect unknown-kbpk 2 "no key" import x --key-block $block_d --kbpk nobody
expect unsaid-kbpk 2 "--kbpk" import x --key-block $block_d
expect both 2 "excludes" import x --key-block $block_d --component $ones --kbpk aes-kbpk

expect export 0 D0 export two --kbpk aes-kbpk --optional-block LB=zone-7
case $output in
  *LB0Azone-7*) ;;
  *) echo "FAILED: no label block in: $output"; failed=1 ;;
esac
expect back 0 08D7B4 import again --key-block "$output" --kbpk aes-kbpk
for name in kcv key_block_header; do
  if [ "$(field two $name)" != "$(field again $name)" ] || [ -z "$(field two $name)" ]; then
    echo "FAILED: $name: $(field two $name), came back as $(field again $name)"
    failed=1
  fi
done
expect export-e 0 E0 export two --kbpk aes-kbpk --version E
expect export-b 0 B0 export two --kbpk tdes-kbpk
expect export-json 0 '{"key_block":"D' export two --kbpk aes-kbpk --json
expect wrong-version 2 "" export two --kbpk tdes-kbpk --version D
expect stays 1 "" export three --kbpk aes-kbpk
expect no-kbpk 2 "no key" export two --kbpk nobody
expect not-a-kbpk 1 "" export two --kbpk data-d
expect bad-optional 2 "ID=DATA" export two --kbpk aes-kbpk --optional-block LB

expect rsa 0 S0RS pair signer --rsa 2048
expect rsa-decrypts 0 D1RD pair opener --rsa 2048 --usage D1
expect rsa-taken 2 "a key of that label" pair signer --rsa 2048
expect rsa-length 2 "" pair other --rsa 1024
expect rsa-usage 2 "" pair other --rsa 2048 --usage K1
expect rsa-json 0 '"pem":"-----BEGIN PUBLIC KEY-----' public signer --json
if command -v openssl >/dev/null 2>&1; then
  "$florin" key public signer --token "$token" | openssl pkey -pubin -noout -text |
    grep -q "2048 bit" || { echo "FAILED: openssl reads no RSA key"; failed=1; }
fi

expect pair-a 0 K3 pair ours
expect pair-b 0 K3 pair theirs
"$florin" key public ours --token "$token" > "$FLORIN_HSM_DIR/ours.pem"
"$florin" key public theirs --hex --token "$token" > "$FLORIN_HSM_DIR/theirs.hex"
info=000102030405060708090A0B0C0D0E0F
expect agree-a 0 K1 agree agreed-a --own ours --peer "$FLORIN_HSM_DIR/theirs.hex" \
  --shared-info $info
expect agree-b 0 K1 agree agreed-b --own theirs --peer "$FLORIN_HSM_DIR/ours.pem" \
  --shared-info $info
expect agree-c 0 K1 agree agreed-c --own theirs --peer "$FLORIN_HSM_DIR/ours.pem" \
  --shared-info $info --kdf x9.63
if [ "$(field agreed-a kcv)" != "$(field agreed-b kcv)" ] || [ -z "$(field agreed-a kcv)" ]; then
  echo "FAILED: the two sides hold $(field agreed-a kcv) and $(field agreed-b kcv)"
  failed=1
fi
if [ "$(field agreed-a kcv)" = "$(field agreed-c kcv)" ]; then
  echo "FAILED: two KDFs, one key"
  failed=1
fi
expect carried 0 D export two --kbpk agreed-a
expect carried-back 0 08D7B4 import carried --key-block "$output" --kbpk agreed-b
expect weaker-curve 1 "" agree x --own ours --peer "$FLORIN_HSM_DIR/theirs.hex" \
  --shared-info $info --algorithm AES-256
expect no-peer 2 "cannot be read" agree x --own ours --peer nowhere --shared-info $info
expect bad-info 2 "hex" agree x --own ours --peer "$FLORIN_HSM_DIR/ours.pem" --shared-info xy
echo 0400 > "$FLORIN_HSM_DIR/short.hex"
expect bad-peer 2 "PEM" agree x --own ours --peer "$FLORIN_HSM_DIR/short.hex" --shared-info $info

# The initial key of X9.24-1:2009 A.4, 6AC292FAA1315B4D858AB3A3D7D5933A (dukpt_tdes.json), has the
# check value AF8C07.
expect bdk 0 B0 import bdk --component $ones --component $second --usage B0 --mode X --device-keys
expect bdk-host 0 B0 import bdk-host --component $ones --component $second --usage B0 --mode X
expect initial 0 AF8C07 device-key ik-7 --bdk bdk --device FFFF9876543210E00000
expect initial-leaves 0 B0 export ik-7 --kbpk tdes-kbpk \
  --optional-block KS=FFFF9876543210E00000
expect initial-taken 2 "a key of that label" device-key ik-7 --bdk bdk \
  --device FFFF9876543210E00000
expect counter 2 "" device-key x --bdk bdk --device FFFF9876543210E00001
expect no-update 2 "only an AES BDK" device-key x --bdk bdk \
  --device FFFF9876543210E00000 --update AES-128
expect host-bdk 1 "" device-key x --bdk bdk-host --device FFFF9876543210E00000
expect device-hex 2 "hex" device-key x --bdk bdk --device xy
expect bdk-aes 0 B0 import bdk-aes --component FEDCBA9876543210F1F1F1F1F1F1F1F0 \
  --component 00000000000000000000000000000001 --usage B0 --mode X --algorithm A --device-keys
expect initial-aes 0 B1 device-key ik-8 --bdk bdk-aes --device 1234567890123456
expect update 0 K1 device-key update-7 --bdk bdk-aes --device 1234567890123456 --update AES-128
expect update-wraps 0 D0 export ik-8 --kbpk update-7 --optional-block IK=1234567890123456
expect show-unknown 2 "no key" show nobody
expect show 0 D0 show two --json
exit "$failed"
