#!/bin/sh
# florin key kcv, parity, components and block show with published values (kcv.json, key_parts.json,
# key_block.json tr31-001, -005, -007 and -170), and with what is wrong. Needs no token.
#   key_check_test.sh <path of florin>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
command="key"
secrets="12345678123456781234567812345678 0123456789ABCDEF FA36E44278DB3AB5"

expect kcv-tdes 0 6FB1C8 kcv --method legacy-tdes --test-key 12345678123456781234567812345678
expect kcv-cmac 0 '{"kcv":"D77F007724"}' kcv --method cmac-aes --length 5 --json \
  --test-key FA36E44278DB3AB5F298F9F7DA8F1F88
expect kcv-hmac 0 E8A065 kcv --method hmac-sha256 --test-key 00112233445566778899AABBCCDDEEFF
expect kcv-codebook 2 "" kcv --method legacy-tdes --length 5 \
  --test-key 12345678123456781234567812345678
expect kcv-method 2 "--method" kcv --test-key 12345678123456781234567812345678
expect kcv-no-key 2 "a key is missing" kcv
expect kcv-no-hex 2 "hex digits" kcv --method legacy-tdes --test-key xyz

expect parity 0 odd parity --test-key 13345779133457791334577913345779
expect parity-even 1 NOT parity --test-key 12345678123456781234567812345678
expect parity-json 1 '{"right":false}' parity --test-key 12345678123456781234567812345678 --json
expect parity-no-hex 2 "hex digits" parity --test-key 1

ones=FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
second=FEDCBA98765432100123456789ABCDEF
expect components 0 '"kcv":"08D7B4","parity_set":false' components --component $ones \
  --component $second --json
expect component-kcv 1 "check value" components --component $ones:123456 --component $second
expect one-component 2 "2 to 9" components --component $ones
expect cancel 2 "cancel each other" components --component $ones --component $ones

pin=B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E
expect block 0 "P0  PIN encryption" block show $pin
expect block-json 0 '"version":{"code":"B","meaning":"TDES, derivation binding"},"length":80' \
  block show $pin --json
dukpt=B0104B0TX12S0100KS1800604B120F9292800000BB68BE8680A400D9191AD4ECE45B6E6C0D21C4738A52190E2487
dukpt=${dukpt}19E24B433627
expect optional 0 "KS  initial key serial number (TDES DUKPT): 00604B120F9292800000" \
  block show $dukpt
expect version 0 "12  version of the key" block show $dukpt
expect exportability 0 "S  under any key-encrypting key" block show $dukpt
three=B0128B1TX00N0300KS18FFFF00A0200001E00000KC0C000169E3KP0C00ECAD626F9F1A826814AA066D86C8C18BD0E1
three=${three}4033E1EBEC75BEDF586E6E325F3AA8C0E5
expect three-blocks 0 "KP  check value of the key block protection key: 00ECAD62" block show $three
output=$(echo "$pin" | "$florin" key block show - --json)
case $output in
  *'"of_the_norm":true'*) ;;
  *) echo "FAILED: from standard input: $output"; failed=1 ;;
esac
unlike=B0080P0TC00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E
expect combination 1 "of_the_norm       no" block show $unlike
expect cut 2 "" block show B0080P0TE00E0000
exit "$failed"
