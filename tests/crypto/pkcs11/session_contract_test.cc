// The session contract over every owner of keys on this machine.
#include "tests/crypto/hsm/session_contract.h"
#include "tests/crypto/pkcs11/backends.h"

namespace florin::hsm {

std::vector<ContractCase> ContractCases() {
  return {{"Soft", pkcs11::SoftBackend},
          {"FlorinModule", pkcs11::FlorinBackend},
          {"SoftHsm", pkcs11::SoftHsmBackend},
          {"Nss", pkcs11::NssBackend}};
}

}  // namespace florin::hsm
