#!/bin/sh
# florin wallet hpke with published messages (hpke.json, RFC 9180 A.3), with what is wrong, and with
# keys in a token.
#   wallet_hpke_test.sh <path of florin> <path of the module> <folder of tokens>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
command="wallet hpke"
key=F3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2
plain=4265617574792069732074727574682C20747275746820626561757479
secrets=$key

enc=04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e
enc=${enc}5b7f951c0900be863c403ce65c9bfcb9382657222d18c4
ciphertext=5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2
ciphertext=${ciphertext}f20b6c7f9076ac232e3ab2523f39513434
info=4f6465206f6e2061204772656369616e2055726e
aad=436f756e742d30
after="--test-key $key --info $info --aad $aad"

expect open 0 "plaintext $plain" open --enc $enc --ciphertext $ciphertext
expect open-json 0 "{\"plaintext\":\"$plain\"}" open --enc $enc --ciphertext $ciphertext --json
expect open-flipped 1 "the message was refused" open --enc $enc --ciphertext 00${ciphertext#??}
expect open-suite 1 "the message was refused" open --enc $enc --ciphertext $ciphertext \
  --kdf SHA-384
expect open-kem 2 "length does not suit" open --enc $enc --ciphertext $ciphertext --kem P-384
expect open-psk 2 "a PSK needs its psk_id" open --enc $enc --ciphertext $ciphertext --psk-id 01
expect open-hex 2 "hex digits" open --enc xyz --ciphertext $ciphertext

secrets="$key $plain"
expect explain 0 "opens                yes" explain --enc $enc --ciphertext $ciphertext
expect explain-kem 0 "DHKEM(P-256, HKDF-SHA256)" explain --enc $enc --ciphertext $ciphertext
expect explain-flipped 1 '"refused at":"open"' explain --enc $enc --json \
  --ciphertext 00${ciphertext#??}
expect explain-enc 1 "encapsulated key     wrong" explain --enc 04${enc#????}00 \
  --ciphertext $ciphertext
after=
expect explain-no-key 0 "encapsulated key     right" explain --enc $enc --ciphertext $ciphertext
expect explain-no-key-enc 1 '"opens":false' explain --enc ${enc%??} --ciphertext $ciphertext --json
expect open-no-key 2 "a key is missing" open --enc $enc --ciphertext $ciphertext

# Between two keys of a token, in the mode AuthPSK would need a PSK; here Auth.
secrets=
use_token "$2" "$3"
for curve in P-256 P-384 P-521 X25519; do
  token=$("$florin" wallet hpke key --token vectors --key "hpke-$curve" --kem $curve --create \
    --json 2>&1) || fail "key $curve: $token"
  public=$(echo "$token" | sed 's/.*"public_key":"\([0-9A-F]*\)".*/\1/')
  for mode in base auth; do
    from_label= from_public=
    if [ $mode = auth ]; then
      from_label="--from hpke-$curve"
      from_public="--from $public"
    fi
    # shellcheck disable=SC2086
    sealed=$(printf hello | "$florin" wallet hpke seal --to "$public" --kem $curve --token vectors \
      $from_label --json 2>&1) || fail "seal $curve $mode: $sealed"
    enc=$(echo "$sealed" | sed 's/.*"enc":"\([0-9A-F]*\)".*/\1/')
    ciphertext=$(echo "$sealed" | sed 's/.*"ciphertext":"\([0-9A-F]*\)".*/\1/')
    # shellcheck disable=SC2086
    expect "token-$curve-$mode" 0 68656C6C6F open --enc "$enc" --ciphertext "$ciphertext" \
      --kem $curve --token vectors --key "hpke-$curve" $from_public
  done
  # Without the sender's key it is another mode.
  expect "token-$curve-mode" 1 refused open --enc "$enc" --ciphertext "$ciphertext" --kem $curve \
    --token vectors --key "hpke-$curve"
done
expect key-twice 2 "of that label" key --token vectors --key hpke-P-256 --create
expect seal-both 2 "all of them as test keys" seal --to "$public" --kem X25519 --from x \
  --test-psk 00 --psk-id 00 </dev/null
exit "$failed"
