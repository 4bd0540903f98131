// The same algorithms by OpenSSL's EVP, called here and not through crypto/primitives.
#pragma once

#include "florin/base/bytes.h"

namespace florin::kernels::reference {

struct Sealed {
  Bytes ciphertext;
  Bytes tag;  // 16 bytes
};

Sealed GcmSeal(ByteView key, ByteView iv, ByteView aad, ByteView plaintext);
Bytes Cmac(ByteView key, ByteView message);
Bytes EncryptBlock(ByteView key, ByteView block);

}  // namespace florin::kernels::reference
