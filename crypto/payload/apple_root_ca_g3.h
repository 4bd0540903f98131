// Apple Root CA - G3, the certificate that Apple Pay tokens chain to.
#pragma once

#include "florin/base/bytes.h"

namespace florin::payload {

// DER, valid 2014-04-30 to 2039-04-30, P-384. Published at
// https://www.apple.com/certificateauthority/ SHA-256
// 63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179.
ByteView AppleRootCaG3();

}  // namespace florin::payload
