#!/bin/sh
# The commands of florin card for values under one key, with published values (card_verification,
# three_ds, mac, dukpt_tdes and dukpt_aes in tests/vectors/card), and with what is wrong.
#   card_value_test.sh <path of florin>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
command="card"

key=0123456789ABCDEFFEDCBA9876543210
# shellcheck disable=SC2086
{
  cvv="--test-key $key --pan 4123456789012345 --expiry 8701 --service-code 101"
  expect cvv 0 561 cvv make $cvv
  expect cvv-digits 0 56149820 cvv make $cvv --digits 8
  expect cvv-json 0 '{"value":"561"}' cvv make $cvv --json
  expect cvv-right 0 yes cvv verify $cvv --value 561
  expect cvv-wrong 1 no cvv verify $cvv --value 562
  expect cvv2 0 439 cvv make --test-key 00112233445566778899AABBCCDDEEFF \
    --pan 5432109876543210 --expiry 0047 --service-code 140
  expect csc 0 552 cvv make --test-key $key --pan 371234567890123 --expiry 9912 --csc 1
  expect csc-5 0 61247 cvv make --test-key $key --pan 371234567890123 --expiry 9912 --csc 1 \
    --digits 5
  expect bad-expiry 2 "four digits" cvv make --test-key $key --pan 4123456789012345 --expiry 123
  expect bad-pan 2 "12 to 19 digits" cvv make --test-key $key --pan 4123 --expiry 8701
  expect bad-key 2 "hex digits" cvv make --test-key 01zz --pan 4123456789012345 --expiry 8701
  expect no-token 2 "--token" cvv make --key cvk-1 --pan 4123456789012345 --expiry 8701

  track=5123456789012345D35121010000000000000F
  cvc3="--test-key 01234567899876543210012345678998 --pan 5123456789012345 --atc 94"
  expect cvc3 0 29488 cvc3 make $cvc3 --un 00000899 --track $track --digits 5
  expect cvc3-wrong 1 no cvc3 verify $cvc3 --un 00000898 --track $track --digits 5 --value 29488

  expect cavv 0 972 cavv make --test-key $key --pan 4123456789012345 --tracking 7993 --result-code 7
  expect aav 0 3547BA1EFF aav make --test-key 0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B \
    --pan 5432109876543210 --data 8C7CA7FBB6058B511401110000002F

  # Computed from docs/formats/token_cryptogram.md with openssl.
  token="--pan 9999123456789012 --requestor 40010030273 --counter 300"
  token_key="--test-key 0123456789ABCDEFFEDCBA9876543210"
  transaction="--un DEADBEEF --amount 123456 --currency 840"
  expect token 0 76A45A6E41734754 token-cryptogram make $token_key $token --psn 1 $transaction
  expect token-right 0 yes token-cryptogram verify $token_key $token --psn 1 $transaction \
    --value 76A45A6E41734754
  expect token-wrong 1 no token-cryptogram verify $token_key $token --psn 1 $transaction \
    --value 76A45A6E41734750
  expect token-requestor 2 "eleven digits" token-cryptogram make $token_key --requestor 1 \
    --pan 9999123456789012 --counter 1
  expect token-value 0 606 token-value make $token_key $token --expiry 3012

  expect retail 0 A1C72E74 mac make --test-key $key --text "Now is the time for all " --length 4
  expect padding-3 0 BA90F750EF43F668 mac make --text "hello world" --padding 3 \
    --test-key 41414141414141414242424242424242
  expect mac-right 0 yes mac verify --test-key $key --padding 2 --value 22CB48394DFD1977 \
    --data 8424000008999E57FD0F47CACE0007
  expect mac-wrong 1 no mac verify --test-key $key --padding 2 --value 22CB48394DFD1978 \
    --data 8424000008999E57FD0F47CACE0007
  # RFC 4493, example 2.
  expect cmac 0 070A16B46B4D4144F79BDD9DD04A287C mac make --algorithm aes-cmac \
    --test-key 2B7E151628AED2A6ABF7158809CF4F3C --data 6BC1BEE22E409F96E93D7E117393172A
  # RFC 4231, test case 1.
  expect hmac 0 AFD03944D84895626B0825F4AB46907F15F9DADBE4101EC682AA034C7CEBC59C mac make \
    --algorithm hmac-sha384 --length 32 --text "Hi There" \
    --test-key 0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B

  terminal="--test-key $key --ksn FFFF9876543210E00001"
  expect dukpt-mac 0 9CCC7817 dukpt mac $terminal --text 4012345678909D987
  expect dukpt-response 0 20364223 dukpt mac $terminal --text 4012345678909D987 \
    --direction response
  expect dukpt-cmac 0 211003F1D5B79DD7 dukpt mac $terminal --text 4012345678909D987 --cmac \
    --length 8
  expect dukpt-verify 1 no dukpt verify $terminal --text 4012345678909D987 --value 9CCC7818
  expect dukpt-data 0 FC0D53B7EA1FDA9EE68AAF2E70D9B9506229BE2AA993F04F dukpt encrypt $terminal \
    --iv 0000000000000000 --data 343031323334353637383930394439383700000000000000
  expect dukpt-decrypt 0 343031323334353637383930394439383700000000000000 dukpt decrypt $terminal \
    --iv 0000000000000000 --data FC0D53B7EA1FDA9EE68AAF2E70D9B9506229BE2AA993F04F
  aes="--test-key FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 123456789012345600000001"
  expect aes-dukpt 0 A2EB5C1C35809E58404E873C3C411E31 dukpt mac $aes --type aes128 --length 16 \
    --text 4012345678909D987
  expect aes-ecb 0 578D868399E773DFA8375199FE91D5C7 dukpt encrypt $aes --type aes128 \
    --data 12345678900000000000000000000000
  expect no-type 2 "" dukpt mac --test-key FEDCBA9876543210F1F1F1F1F1F1F1F1 --text x \
    --ksn 123456789012345600000001

  expect ksn 0 '"counter":1' ksn FFFF9876543210E00001 --json
  expect aes-ksn 0 12345678 ksn 123456789012345600000001
  expect spent-ksn 2 "" ksn FFFF9876543210FFFFFF
  expect tlv 0 001C tlv 9F3602001C5A085413330089010012
  expect tlv-json 0 '{"9F36":"001C","5A":"(8 bytes)"}' tlv 9F3602001C5A085413330089010012 --json
  expect cut-tlv 2 "" tlv 9F3602
  # profile-visa18 of emv_profiles.json, and what the other schemes would read.
  expect iad 0 '"cvn":18,"cvn_hex":"12","dki":1,"profile":"Visa CVN 18","cvr":"03A0B800"' \
    iad --scheme visa 06011203A0B800 --json
  expect iad-text 0 "VIS 0, 1, 3" iad --scheme visa 06011203A0B800
  expect iad-unknown 0 '"profile":null' iad --scheme visa 06017703A0B800 --json
  expect iad-other 2 "" iad --scheme interac 06011203A0B800
  expect iad-scheme 2 "--scheme" iad 06011203A0B800
  expect track2 0 "541333******0012" track2 5413330089010012D2512201123456789F
  expect track2-text 0 '"expiry":"2512","service_code":"201"' track2 --json \
    ';5413330089010012=2512201123456789?'
  expect track2-hidden 0 "(9 digits)" track2 5413330089010012=2512201123456789
  expect track2-cut 2 "" track2 5413330089010012
  expect profiles 0 "Visa CVN 18" profiles
  expect profiles-json 0 '"name":"Visa CVN 10","scheme":"visa","iad_format":"VIS 0, 1, 3"' \
    profiles --scheme visa --json
  # docs/formats/token_cryptogram.md
  expect token-field 0 '"key_index":7,"counter":300,"un":"DEADBEEF"' \
    token-field 0107012CDEADBEEF001122334455667700000000 --json
  expect token-field-cut 2 "" token-field 0107012C
}

exit "$failed"
