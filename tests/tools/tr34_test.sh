#!/bin/sh
# florin key tr34 over the simulator: authorities of openssl certify both sides, a key goes from one
# to the other, and what does not belong is refused.
#   tr34_test.sh <path of florin> <path of the module> <folder of the token>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
work=$FLORIN_HSM_DIR
token=vectors
command="key"
after="--token $token"

# authority <name>: an RSA key, a certificate of its own, and an empty list
authority() {
  mkdir "$work/$1.d"
  : > "$work/$1.d/index"
  echo 01 > "$work/$1.d/number"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" \
    -subj "/CN=$1" -days 30 -addext basicConstraints=critical,CA:TRUE \
    -addext keyUsage=critical,keyCertSign,cRLSign 2> /dev/null || exit 1
  {
    printf '[ca]\ndefault_ca=a\n[a]\ndefault_md=sha256\ndefault_crl_days=7\n'
    printf 'database=%s\ncrlnumber=%s\n' "$work/$1.d/index" "$work/$1.d/number"
  } > "$work/$1.cnf"
  openssl ca -config "$work/$1.cnf" -gencrl -keyfile "$work/$1.key" -cert "$work/$1.pem" \
    -out "$work/$1.crl" 2> /dev/null || exit 1
}

# certify <authority> <file of a public key> <key usage> <certificate>
certify() {
  printf 'keyUsage=critical,%s\n' "$3" > "$work/ext"
  openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj "/CN=leaf" \
    -out "$work/leaf.csr" 2> /dev/null || exit 1
  openssl x509 -req -in "$work/leaf.csr" -force_pubkey "$2" -CA "$work/$1.pem" \
    -CAkey "$work/$1.key" -set_serial "0x$(openssl rand -hex 8)" -days 20 -sha256 \
    -extfile "$work/ext" -out "$4" 2> /dev/null || exit 1
}

authority hosts
authority devices
expect pair-kdh 0 "BEGIN PUBLIC KEY" tr34 pair kdh --role kdh --peer-authority "$work/devices.pem" \
  --bits 2048 --stronger-keys
echo "$output" > "$work/kdh.pub"
expect pair-krd 0 "BEGIN PUBLIC KEY" tr34 pair krd --role krd --peer-authority "$work/hosts.pem" \
  --bits 2048 --stronger-keys
echo "$output" > "$work/krd.pub"
certify hosts "$work/kdh.pub" digitalSignature "$work/kdh.pem"
certify devices "$work/krd.pub" keyEncipherment "$work/krd.pem"

zeros=00000000000000000000000000000000
expect key 0 B0 import bdk --component 0123456789ABCDEFFEDCBA9876543210 --component $zeros \
  --usage B0 --mode X --exportability E --extractable
sender="--kdh kdh --certificate $work/kdh.pem --peer $work/krd.pem"
sender="$sender --peer-authority $work/devices.pem"
taker="--krd krd --certificate $work/krd.pem --peer $work/kdh.pem"
taker="$taker --peer-authority $work/hosts.pem"
lists="--peer-list $work/devices.crl --list $work/hosts.crl"

# shellcheck disable=SC2086
run() {
  expect send 0 "BEGIN CMS" tr34 send bdk $sender $lists
  echo "$output" > "$work/token.pem"
  expect take 0 08D7B4 tr34 take bdk-here $taker --key-token "$work/token.pem"
  expect taken 2 "a key of that label" tr34 take bdk-here $taker --key-token "$work/token.pem"
  expect replay 1 "" tr34 take x $taker --key-token "$work/token.pem" \
    --after "$(($(date +%s) + 60))"
  expect unasked 1 "" tr34 take x $taker --key-token "$work/token.pem" --random 0011223344556677
  expect two-pass 0 "BEGIN CMS" tr34 send bdk $sender $lists --random 0011223344556677 --cipher TDES
  echo "$output" > "$work/token2.pem"
  expect take-two 0 08D7B4 tr34 take bdk-two $taker --key-token "$work/token2.pem" \
    --random 0011223344556677
  expect no-list 1 "" tr34 send bdk $sender
  expect json 0 '{"token":"30' tr34 send bdk $sender $lists --json
  expect no-file 2 "cannot be read" tr34 take x $taker --key-token "$work/nowhere"
  expect other-authority 1 "" tr34 send bdk --kdh kdh --certificate "$work/kdh.pem" \
    --peer "$work/krd.pem" --peer-authority "$work/hosts.pem" $lists
  expect wrong-role 1 "" tr34 send bdk --kdh krd --certificate "$work/krd.pem" \
    --peer "$work/kdh.pem" --peer-authority "$work/hosts.pem" $lists
  expect nobody 2 "no key" tr34 send bdk --kdh nobody --certificate "$work/kdh.pem" \
    --peer "$work/krd.pem" --peer-authority "$work/devices.pem" $lists
  number=0011223344556677
  expect unbind 0 "BEGIN CMS" tr34 unbind kdh ${sender#--kdh kdh} --random $number
  echo "$output" > "$work/unbind.pem"
  expect leave 0 right tr34 leave krd ${taker#--krd krd} --random $number \
    --unbind-token "$work/unbind.pem"
  expect stay 1 "" tr34 leave krd ${taker#--krd krd} --random 0011223344556678 \
    --unbind-token "$work/unbind.pem"
  expect no-unbind 1 '{"right":false}' tr34 leave krd ${taker#--krd krd} --random $number \
    --unbind-token "$work/token.pem" --json
  certify hosts "$work/kdh.pub" digitalSignature "$work/kdh2.pem"
  expect rebind 0 "BEGIN CMS" tr34 unbind kdh ${sender#--kdh kdh} --random $number $lists \
    --next "$work/kdh2.pem" --own-authority "$work/hosts.pem"
  echo "$output" > "$work/rebind.pem"
  expect moved 0 right tr34 leave krd ${taker#--krd krd} --random $number \
    --unbind-token "$work/rebind.pem" --next "$work/kdh2.pem"
  expect other-next 1 "" tr34 leave krd ${taker#--krd krd} --random $number \
    --unbind-token "$work/rebind.pem" --next "$work/kdh.pem"
}
run
# A second reader agrees that the host signed it.
if ! openssl cms -verify -in "$work/token.pem" -inform PEM -certfile "$work/kdh.pem" \
  -CAfile "$work/hosts.pem" -purpose any -binary -out "$work/envelope" 2> "$work/log"; then
  echo "FAILED: openssl cms: $(cat "$work/log")"
  failed=1
fi
exit "$failed"
